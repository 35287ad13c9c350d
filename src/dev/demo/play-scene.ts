import { type ClientId, providerOf } from "../../core/ids.ts";
import { type CountryServer, serverOf } from "../country/country.ts";
import { nameOf } from "../country/members.ts";
import type { RunningCountry } from "../country/start-country.ts";
import type { Account, Ending, Party } from "./event.ts";
import { watchMemory } from "./memory.ts";
import type { Expectation, Scene } from "./scenes.ts";
import { callAsSystem, type SystemAnswer, targetOf } from "./system-call.ts";

/** Plays one scene and tells how it went. @throws Error of the network when a gateway does not answer at all */
export async function playScene(running: RunningCountry, scene: Scene, number: number): Promise<Account> {
  const { country } = running;
  const { client, service, method, expected } = scene;
  const [from, to] = [serverOf(country, client), serverOf(country, providerOf(service))];
  if (scene.without !== undefined) await running.process(scene.without).stop();
  const call = () => callAsSystem({ ...scene, port: from.ports.consumer });
  const watched = [...new Set([from.name, to.name])].map((name) => running.process(name));
  const { result: answer, memory } =
    scene.memory === "watched"
      ? await watchMemory(watched, call)
      : { result: await call(), memory: undefined };
  if (scene.without !== undefined) await running.restartRegisters(scene.without);
  const ending = endingOf(answer);
  const { says, asExpected } = judge(scene, answer, ending);
  return {
    ...{ event: "exchange", number, title: scene.title, scenario: scene.scenario, method, ending, says },
    asks: party(client, client, from),
    answers: party(service, providerOf(service), to),
    target: targetOf(scene),
    sentBytes: scene.body?.length ?? 0,
    receivedBytes: answer.bytes,
    asExpected,
    expected: describe(expected),
    exchangeId: header(answer, "sealway-exchange-id"),
    queryId: header(answer, "x-road-id"),
    milliseconds: answer.milliseconds,
    memory: memory ?? null,
    notYetChecked: scene.notYetChecked,
  };
}

function party(id: string, client: ClientId, server: CountryServer): Party {
  return { id, name: nameOf(client), server: server.name };
}

/** A gateway's own error is marked; everything else is the service's answer, whatever its status. */
function endingOf(answer: SystemAnswer): Ending {
  const { status } = answer;
  if (header(answer, "x-road-error") === null) return { kind: "answer", status };
  const { code, hop, rule, message, remedy } = JSON.parse(answer.text);
  return { kind: "problem", status, code, hop, rule, message, remedy };
}

function judge({ expected, says }: Scene, answer: SystemAnswer, ending: Ending) {
  const fits =
    expected.kind === "answer"
      ? ending.kind === "answer" && ending.status === expected.status
      : ending.kind === "problem" && ending.code === expected.code && ending.hop === expected.hop;
  if (!fits || ending.kind === "problem") return { says: "", asExpected: fits };
  try {
    return { says: says(answer), asExpected: true };
  } catch (error) {
    return { says: `not what was expected: ${(error as Error).message}`, asExpected: false };
  }
}

function describe(expected: Expectation): string {
  return expected.kind === "answer"
    ? `status ${expected.status}`
    : `${expected.code}, told by the ${expected.hop}`;
}

function header({ headers }: SystemAnswer, name: string): string | null {
  const value = headers[name];
  return typeof value === "string" ? value : null;
}
