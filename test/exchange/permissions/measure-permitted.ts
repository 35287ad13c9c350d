import type { Test } from "tap";
import { parseServiceId } from "../../../src/core/ids.ts";
import { clients } from "../country/plan.ts";
import { type Ask, pathOf } from "../country.ts";
import { bank, json, mari, PermissionScene, service } from "./permission-scene.ts";

/*
 * What permission and minimisation cost an exchange, in microseconds of CPU of everything: both gateways, the register
 * and the caller are this process. The kinds take turns in one run, so that other work on the machine meets all of them.
 *
 *   node test/exchange/permissions/measure-permitted.ts [calls a round] [rounds] [kind]
 */

const calls = Number(process.argv[2] ?? 60);
const rounds = Number(process.argv[3] ?? 60);
const only = process.argv[4];
const inFlight = 16;

// The scene asks a test for nothing but to be told of its end. The test runner itself stays out: it hooks into every
// promise, and what it costs is not the exchange's.
const t = { teardown: () => undefined } as unknown as Test;
const plain = {
  ...service,
  id: parseServiceId(`${clients.population}/plain`),
  described: { validation: "enforce" },
} as const;
const scene = await PermissionScene.start(t, {
  services: [plain],
  agreements: [{ id: "plain", consumer: bank, service: plain.id }],
});
const permitted = await scene.given({ limits: { uses: 1_000_000 } });

const call = (of: Pick<typeof service, "id">, headers: readonly string[]): Ask => ({
  ...{ method: "POST", client: bank, path: pathOf(of, "/find"), body: JSON.stringify({ code: mari.value }) },
  headers: [...json, ...headers],
});
const kinds: Readonly<Record<string, Ask>> = {
  plain: call(plain, []),
  minimised: call(service, ["Sealway-Purpose", "register"]),
  permitted: call(service, ["Sealway-Purpose", "onboarding"]),
  named: call(service, ["Sealway-Purpose", "onboarding", "Sealway-Permission", permitted.id]),
};

const origin = `http://127.0.0.1:${scene.country.asking.gateway.ports.http}`;

function pairsOf({ client = "", headers = [] }: Ask): [string, string][] {
  const pairs = headers.flatMap((name, i) =>
    i % 2 === 0 ? [[name, headers[i + 1]!] as [string, string]] : [],
  );
  return [["X-Road-Client", client ?? ""], ...pairs];
}

async function round(ask: Ask): Promise<number> {
  const { user, system } = process.cpuUsage();
  let left = calls;
  const init = { method: "POST", body: String(ask.body), headers: pairsOf(ask) };
  const work = async () => {
    while (left-- > 0) {
      const answer = await fetch(`${origin}${ask.path}`, init);
      const body = await answer.text();
      if (answer.status !== 200) throw new Error(body);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, work));
  const used = process.cpuUsage();
  return (used.user + used.system - user - system) / calls;
}

const names = Object.keys(kinds).filter((name) => only === undefined || name === only);
const found = new Map(names.map((name) => [name, [] as number[]]));
for (const name of names) for (let i = 0; i < 5; i++) await round(kinds[name]!);
for (let i = 0; i < rounds; i++) {
  const order = i % 2 === 0 ? names : names.toReversed();
  for (const name of order) found.get(name)!.push(await round(kinds[name]!));
}
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
const tenth = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 10)]!;
const base = found.get("plain") ?? [];
for (const [name, costs] of found) {
  const shares = costs.map((cost, i) => cost / (base[i] ?? cost));
  const share = ((median(shares) - 1) * 100).toFixed(1);
  console.info(
    `${name}: ${median(costs).toFixed(0)} µs CPU an exchange, of a tenth at most ${tenth(costs).toFixed(0)};`,
    `${share} % more than plain (${rounds} pairs)`,
  );
}
process.exit();
