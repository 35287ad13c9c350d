import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Test } from "tap";
import type { MadeAct, ShownAgreement } from "../../../src/assembly/agreement-orders.ts";
import { loadCommand, loadCommands } from "../../../src/cli/commands.ts";
import type { ServiceId } from "../../../src/core/ids.ts";
import { openLogReader } from "../../../src/store/sqlite/log-reader.ts";
import { answers } from "../../policy/agreements/acts.ts";
import { clients, type MorePlans, type PlannedService, services } from "../country/plan.ts";
import type { CountryServer } from "../country/server.ts";
import { pathOf, type SmallCountry } from "../country.ts";

/*
 * Agreements by acts in the small country: the bank asks the population register, each at its own gateway, by the
 * commands of their operators.
 */

const element = "person.name";
const title = { en: "Opening of accounts" };
const asked = (id: string, purpose: object): PlannedService => ({
  id: `${clients.population}/${id}` as ServiceId,
  contentKind: "opaque",
  endpoints: [["GET", "/x"]],
  target: "register",
  described: { purposes: [{ id: "account", title, elements: [element], ...purpose }], entitled: ["DEV/COM"] },
});

/** A service for members of the class of the bank, one for which the law gives them the data, and one for others. */
export const offered = {
  plain: asked("plain", {}),
  ordered: asked("ordered", { byLaw: { provision: "Data Act, section 5", withinDays: 20 } }),
  closed: {
    ...asked("closed", {}),
    described: { purposes: [{ id: "account", title, elements: [element] }], entitled: ["DEV/GOV"] },
  },
} as const;

export const more: MorePlans = { services: Object.values(offered), agreements: [] };

/** What the bank asks for. @param changes replace or add members */
export function terms(id: string, service: ServiceId = services.open.id, changes: object = {}): object {
  const validity = { from: "2026-01-01T00:00:00Z", to: "2031-01-01T00:00:00Z" };
  const endpoints = [{ method: "GET", path: "/**" }];
  return { v: 1, id, revision: 1, consumer: clients.onboarding, service, endpoints, validity, ...changes };
}

/** What a command did. */
export interface Done {
  readonly code: number;
  readonly text: string;
}

/** Runs `sealway agreements WORD` at a server. @throws SealwayError as the command told it */
export async function agreements(
  t: Test,
  server: CountryServer,
  word: string,
  ...args: readonly string[]
): Promise<Done> {
  const command = (await loadCommand(`agreements ${word}`))!;
  const written = t.capture(process.stdout, "write", () => true);
  try {
    const code = await command.run([...args, "--config", server.configurationFile], loadCommands);
    const text = written()
      .map(({ args: [part] }) => String(part))
      .join("");
    return { code, text };
  } finally {
    written.restore();
  }
}

/** As `agreements`, of a command that makes an act. */
export async function made(
  t: Test,
  server: CountryServer,
  word: string,
  ...args: readonly string[]
): Promise<MadeAct> {
  return JSON.parse((await agreements(t, server, word, ...args, "--json")).text);
}

/** Asks for an agreement in the name of the bank. */
export async function requested(
  t: Test,
  { asking, directory }: SmallCountry,
  document: object,
  given: object = answers,
): Promise<MadeAct> {
  const [terms, answered] = [join(directory, "terms.json"), join(directory, "answers.json")];
  writeFileSync(terms, JSON.stringify(document));
  writeFileSync(answered, JSON.stringify(given));
  return made(t, asking, "request", terms, "--answers", answered);
}

/** Proposes other terms. */
export async function changed(
  t: Test,
  { directory }: SmallCountry,
  server: CountryServer,
  document: object,
): Promise<MadeAct> {
  const file = join(directory, "changed.json");
  writeFileSync(file, JSON.stringify(document));
  return made(t, server, "change", file, "--reason", "more is needed");
}

/** An agreement as one side knows it. */
export async function shown(t: Test, server: CountryServer, id: string): Promise<ShownAgreement> {
  return JSON.parse((await agreements(t, server, "show", id, "--json")).text);
}

/** Whether both sides hold the same; what they hold. */
export async function bothSides(t: Test, { asking, answering }: SmallCountry, id: string) {
  const [one, other] = [await shown(t, asking, id), await shown(t, answering, id)];
  const held = ({ acts, ...rest }: ShownAgreement) => ({ ...rest, acts: acts.map(({ sha256 }) => sha256) });
  t.strictSame(held(one), held(other), "both sides hold the same");
  return one;
}

/** A call of the bank's information system: its status and, where it was refused, the code. */
export async function call(country: SmallCountry, service = services.open.id, rest = "/x"): Promise<string> {
  const path = pathOf({ id: service }, rest);
  const answer = await country.ask({ path, client: clients.onboarding });
  if (answer.status === 200) return "200";
  return (JSON.parse(answer.body.toString("utf8")) as { code?: string }).code ?? String(answer.status);
}

/** What a server's log keeps of a kind. */
export async function keptOf(
  server: CountryServer,
  kind: "agreement-act" | "agreement-receipt",
): Promise<readonly Buffer[]> {
  const log = openLogReader(`${server.stateDirectory}/log`);
  const found = await log.documentsOf(kind);
  log.close();
  return found.map(({ bytes }) => bytes);
}
