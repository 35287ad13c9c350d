import { systemClock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import { isFreshForSensitive } from "../../trust/configuration-status.ts";
import { broken, type Examined, type ExaminedInForce, type Finding, warning, wordsOf } from "./finding.ts";

const reach =
  "Look at the network to the governing authority and its mirrors, and at `mirrors` in the configuration.";

/** Whether there is a global configuration in force, and whether it can be renewed. */
export async function examineTrust({ status, clock }: Examined): Promise<Finding[]> {
  const unknown = "Without a global configuration nobody is known: all exchanges are refused.";
  if (status instanceof Error) {
    const remedy =
      "Take the anchor file that the governing authority gives out, and compare its digest with theirs.";
    return [broken(`the global configuration cannot be read: ${wordsOf(status)}`, unknown, remedy)];
  }
  const { state, problems, freshAt, expiresAt } = status;
  const said = problems.map(({ kind, source, detail }) => `${kind}: ${source}: ${detail}`);
  if (state === "expired") {
    const since =
      expiresAt === undefined ? "there is none yet" : `it expired at ${new Date(expiresAt).toISOString()}`;
    return [broken(["no global configuration is in force", since, ...said].join("; "), unknown, reach)];
  }
  if (!isFreshForSensitive(freshAt, clock.now())) {
    const why = "Nothing says that it is the newest: services that are marked as sensitive have stopped.";
    return [broken(["the global configuration is older than four hours", ...said].join("; "), why, reach)];
  }
  const why = "The configuration in use is good, but goes on only as long as it is valid.";
  return said.map((problem) => warning(problem, why, reach));
}

/** Whether the instance knows this server as it is. */
export async function examineRegistration({ configuration, index }: ExaminedInForce): Promise<Finding[]> {
  const { server: self, clients, members } = configuration;
  const server = index.server(self);
  const register =
    "Hand in a registration request (`sealway registration request`, `sealway keys register`).";
  if (server === undefined) {
    const why = "Other servers take messages of registered servers only.";
    return [broken(`${self} is not registered in ${index.content.parameters.instance}`, why, register)];
  }
  const served = new Set<string>(server.clients);
  const missing = clients.map(({ id }) => id).filter((id) => !served.has(id));
  const foreign = members.map(({ id }) => id).filter((id) => index.member(id) === undefined);
  return [
    ...missing.map((id) => {
      const why = "Its calls are refused, whatever its information system sends.";
      return broken(`${id} is in \`clients\`, but not registered for this server`, why, register);
    }),
    ...foreign.map((id) => {
      return broken(`${id} is in \`members\`, but not registered`, "Nothing can be signed for it.", register);
    }),
  ];
}

/** A date in an HTTP header has whole seconds, and it took its way. Milliseconds. */
const clockTolerance = 10_000;

/** How far this machine's clock is from the mirrors', by the Date header of whatever they answer. */
export async function examineAuthorityClock({
  configuration,
  clock,
}: Examined): Promise<Finding[] | undefined> {
  const found = await Promise.all(configuration.mirrors.map((mirror) => offsetOf(mirror, clock)));
  if (found.every((offset) => offset === undefined)) return undefined;
  return found.flatMap((offset, i) => {
    if (offset === undefined || Math.abs(offset) < clockTolerance) return [];
    const seconds = Math.round(Math.abs(offset) / 1000);
    const what = `the clock of ${configuration.mirrors[i]} is ${seconds} s ${offset > 0 ? "ahead of" : "behind"} this machine's`;
    const why = "Messages from more than a minute away are refused; one of the two clocks is wrong.";
    return [
      warning(what, why, "Have both clocks kept by NTP; the time-stamping authorities tell which is right."),
    ];
  });
}

async function offsetOf(mirror: string, clock = systemClock): Promise<number | undefined> {
  try {
    const sent = clock.now();
    const answer = await fetch(mirror, {
      method: "HEAD",
      redirect: "manual",
      signal: AbortSignal.timeout(5_000),
    });
    const date = Date.parse(answer.headers.get("date") ?? "");
    return Number.isNaN(date) ? undefined : date + 500 - (sent + clock.now()) / 2;
  } catch {
    // Whether it can be reached is another examination's.
    return undefined;
  }
}

/** A failure that says its remedy itself. */
export function remedyOf(error: unknown, otherwise: string): string {
  return error instanceof SealwayError ? error.entry.remedy : otherwise;
}
