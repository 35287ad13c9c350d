import { type ClientId, providerOf } from "../../core/ids.ts";
import { type CountryServer, serverOf } from "../country/country.ts";
import { nameOf } from "../country/members.ts";
import type { RunningCountry } from "../country/start-country.ts";
import type { Account, Ending, Party } from "./event.ts";
import { type MemoryUse, watchMemory } from "./memory.ts";
import type { Expectation, Scene } from "./scenes.ts";
import { callAsSystem, type SystemAnswer, targetOf } from "./system-call.ts";

/** Plays one scene and tells how it went. @throws Error of the network when a gateway does not answer at all */
export async function playScene(running: RunningCountry, scene: Scene, number: number): Promise<Account> {
  const { client, service, expected, onBehalf } = scene;
  const provider = providerOf(service);
  const from = serverOf(running.country, client);
  const to = serverOf(running.country, provider);
  const { answer, memory } = await perform(running, scene, from, to);
  const ending = endingOf(answer);
  const { says, asExpected } = judge(scene, answer, ending);
  return {
    event: "exchange",
    number,
    title: scene.title,
    scenario: scene.scenario,
    asks: party(client, client, from),
    answers: party(service, provider, to),
    onBehalf: onBehalf === undefined ? null : `${onBehalf.user}, in case ${onBehalf.caseReference}`,
    method: scene.method,
    target: targetOf(scene),
    sentBytes: scene.body?.length ?? 0,
    receivedBytes: answer.bytes,
    ending,
    says,
    expected: describe(expected),
    asExpected,
    exchangeId: header(answer, "sealway-exchange-id"),
    queryId: header(answer, "x-road-id"),
    milliseconds: answer.milliseconds,
    memory,
    notYetChecked: scene.notYetChecked,
  };
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
  const { without, onBehalf } = scene;
  const headers = onBehalf && { "X-Road-UserId": onBehalf.user, "X-Road-Issue": onBehalf.caseReference };
  const call = () => callAsSystem({ ...scene, port: from.ports.consumer, ...(headers && { headers }) });
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

function party(id: string, client: ClientId, server: CountryServer): Party {
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
  { expected, says }: Scene,
  answer: SystemAnswer,
  ending: Ending,
): Pick<Account, "says" | "asExpected"> {
  if (ending.kind !== "answer") {
    return { says: "", asExpected: expected.kind === ending.kind && expected.code === ending.code };
  }
  if (expected.kind !== "answer" || expected.status !== ending.status) return { says: "", asExpected: false };
  try {
    return { says: says?.(answer) ?? "", asExpected: true };
  } catch (error) {
    return { says: `not what was expected: ${(error as Error).message}`, asExpected: false };
  }
}

function describe(expected: Expectation): string {
  return expected.kind === "answer"
    ? `status ${expected.status}`
    : `${expected.code}, signed by the provider`;
}

function header({ headers }: SystemAnswer, name: string): string | null {
  const value = headers[name];
  return typeof value === "string" ? value : null;
}
