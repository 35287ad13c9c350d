import type { LoggedMessage, LoggedMessages } from "../country/logged.ts";
import type { RegisterCall } from "../country/register.ts";
import { byExchange, type Call, story } from "./traffic.ts";

/** What both logs and the register have of the time around a crash. */
export interface Aftermath {
  /** As the information systems saw it. */
  readonly calls: readonly Call[];
  /** Read back: every signature verified. */
  readonly asking: readonly LoggedMessage[];
  readonly answering: readonly LoggedMessage[];
  registerCalls(): readonly RegisterCall[];
}

const ends = {
  asking: /^sent request, (?:received response|received fault \w+|received refusal|sent fault \w+)$/,
  answering: /^received request, (?:sent response|sent fault \w+)$/,
} as const;

/**
 * What is wrong after a crash and a restart; nothing when the promise was kept: what an information system saw
 * answered is in both logs, each exchange has its end, and nothing was done twice or without a record.
 */
export function broken(after: Aftermath): string[] {
  const logs = { asking: byExchange(after.asking), answering: byExchange(after.answering) };
  return [
    ...after.calls.flatMap((call) => unproven(call, logs)),
    ...(["asking", "answering"] as const).flatMap((side) =>
      [...logs[side]]
        .filter(([, messages]) => !ends[side].test(story(messages)))
        .map(([id, messages]) => `${side}: ${id} is ${story(messages)}`),
    ),
    ...wronglyDone(after, logs.answering),
  ];
}

/** What is wrong with the chains of both logs. */
export async function brokenChains(...logs: readonly LoggedMessages[]): Promise<string[]> {
  return (await Promise.all(logs.map((log) => log.findings()))).flat();
}

type Log = ReadonlyMap<string, readonly LoggedMessage[]>;

function unproven({ queryId, answer }: Call, logs: Record<"asking" | "answering", Log>): string[] {
  if (answer?.status !== 200) return [];
  const id = answer.header("sealway-exchange-id") ?? "";
  const asked = logs.asking.get(id);
  const answered = logs.answering.get(id);
  const stories = `${story(asked)} | ${story(answered)}`;
  if (stories !== "sent request, received response | received request, sent response")
    return [`${queryId} was answered, but is in the logs as ${stories}`];
  const same = [0, 1].every((i) => asked![i]!.record.signature === answered![i]!.record.signature);
  return same ? [] : [`${queryId}: the logs have other messages`];
}

/** The register's calls carry the query id as the last part of their path. */
function wronglyDone({ registerCalls }: Aftermath, log: Log): string[] {
  const recorded = new Set([...log.values()].map(([request]) => request?.document.queryId));
  const done = registerCalls().map(({ target }) => target.slice(target.lastIndexOf("/") + 1));
  const twice = done.filter((queryId, i) => done.indexOf(queryId) !== i);
  return [
    ...twice.map((queryId) => `the register was called twice for ${queryId}`),
    ...done.filter((queryId) => !recorded.has(queryId)).map((queryId) => `no record of ${queryId}`),
  ];
}
