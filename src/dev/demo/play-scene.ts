import { type ClientId, providerOf } from "../../core/ids.ts";
import { parseExchange } from "../../message/exchange-document.ts";
import type { EvidenceReader } from "../../messagelog/evidence-reader.ts";
import { type CountryServer, serverOf } from "../country/country.ts";
import { nameOf } from "../country/members.ts";
import type { RunningCountry } from "../country/start-country.ts";
import type { Account, Ending, Party } from "./event.ts";
import { type MemoryUse, watchMemory } from "./memory.ts";
import type { Expectation, Scene } from "./scenes.ts";
import { withLogOf } from "./server-log.ts";
import { callAsSystem, type SystemAnswer, targetOf } from "./system-call.ts";

/** Plays one scene and tells how it went. @throws Error of the network when a gateway does not answer at all */
export async function playScene(running: RunningCountry, scene: Scene, number: number): Promise<Account> {
  const { client, service, expected, onBehalf } = scene;
  const provider = providerOf(service);
  const from = serverOf(running.country, client);
  const to = serverOf(running.country, provider);
  const { answer, memory } = await perform(running, scene, from, to);
  const ending = endingOf(answer);
  const exchangeId = header(answer, "sealway-exchange-id");
  const signed =
    exchangeId === null ? nothingSigned : await withLogOf(from, (log) => readSigned(log, exchangeId));
  const { says, asExpected } = judge(scene, answer, ending, signed);
  return {
    event: "exchange",
    number,
    title: scene.title,
    scenario: scene.scenario,
    asks: partyOf(client, client, from),
    answers: partyOf(service, provider, to),
    onBehalf: onBehalf === undefined ? null : `${onBehalf.user}, in case ${onBehalf.caseReference}`,
    method: scene.method,
    target: targetOf(scene),
    sentBytes: scene.body?.length ?? 0,
    receivedBytes: answer.bytes,
    ending,
    says,
    expected: describe(expected),
    asExpected,
    ...signed,
    exchangeId,
    queryId: header(answer, "x-road-id"),
    milliseconds: answer.milliseconds,
    memory,
    notYetChecked: scene.notYetChecked,
  };
}

const nothingSigned = { purpose: null, removed: [] } as const;

/** What the two signed messages say, as the consumer's server recorded them. */
async function readSigned(
  log: EvidenceReader,
  exchangeId: string,
): Promise<Pick<Account, "purpose" | "removed">> {
  const { records } = await log.findExchange(exchangeId);
  const own = records.filter(({ record }) => record.role === "consumer");
  const messages = own.map(({ record }) => parseExchange(record.exchange));
  const purpose = messages.find(({ type }) => type === "request")?.purpose?.id ?? null;
  return { purpose, removed: messages.flatMap(({ decision }) => decision?.fieldsRemoved ?? []) };
}

interface Performed {
  readonly answer: SystemAnswer;
  readonly memory: readonly MemoryUse[] | null;
}

async function perform(
  running: RunningCountry,
  scene: Scene,
  from: CountryServer,
  to: CountryServer,
): Promise<Performed> {
  const { without, purpose, decisionUse, onBehalf } = scene;
  const headers = {
    ...(purpose && { "Sealway-Purpose": purpose }),
    ...(decisionUse && { "Sealway-Decision-Use": decisionUse }),
    ...(onBehalf && { "X-Road-UserId": onBehalf.user, "X-Road-Issue": onBehalf.caseReference }),
  };
  const call = () => callAsSystem({ ...scene, port: from.ports.consumer, headers });
  if (scene.watches === "memory") {
    const gateways = [...new Set([from.name, to.name])].map((name) => running.process(name));
    const { result, memory } = await watchMemory(gateways, call);
    return { answer: result, memory: memory ?? null };
  }
  if (without === undefined) return { answer: await call(), memory: null };
  await running.process(without).stop();
  const answer = await call();
  await running.restartRegisters(without);
  return { answer, memory: null };
}

/** Who takes part, as accounts name them. */
export function partyOf(id: string, client: ClientId, server: CountryServer): Party {
  return { id, name: nameOf(client), server: server.name };
}

/** A gateway's own error is marked; everything else is the service's answer, whatever its status. */
function endingOf(answer: SystemAnswer): Ending {
  const { status } = answer;
  if (header(answer, "x-road-error") === null) return { kind: "answer", status };
  const { code, hop, rule, message, remedy } = JSON.parse(answer.text);
  return { kind: hop === "provider" ? "signed" : "own", status, code, rule, message, remedy };
}

function judge(
  { expected, removed = [], says }: Scene,
  answer: SystemAnswer,
  ending: Ending,
  signed: Pick<Account, "removed">,
): Pick<Account, "says" | "asExpected"> {
  if (ending.kind !== "answer") {
    const isSame = expected.kind === ending.kind && expected.code === ending.code;
    return { says: "", asExpected: isSame && ending.message.includes(expected.names ?? "") };
  }
  const isSame = expected.kind === "answer" && expected.status === ending.status;
  if (!isSame || removed.join() !== signed.removed.join()) return { says: "", asExpected: false };
  try {
    return { says: says?.(answer) ?? "", asExpected: true };
  } catch (error) {
    return { says: `not what was expected: ${(error as Error).message}`, asExpected: false };
  }
}

function describe(expected: Expectation): string {
  if (expected.kind === "answer") return `status ${expected.status}`;
  return `${expected.code}, ${expected.kind === "own" ? "by its own server" : "signed by the provider"}`;
}

function header({ headers }: SystemAnswer, name: string): string | null {
  const value = headers[name];
  return typeof value === "string" ? value : null;
}
