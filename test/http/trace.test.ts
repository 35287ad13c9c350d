import t from "tap";
import { forgeRequest, realRequest } from "../exchange/country/forgery.ts";
import { Peer } from "../exchange/country/peer.ts";
import { clients, services } from "../exchange/country/plan.ts";
import type { CountryServer } from "../exchange/country/server.ts";
import { pathOf, SmallCountry } from "../exchange/country.ts";

/*
 * The trace of an agency's tools through both gateways: a new span at each hop, in the signed head, in both process logs,
 * in both rows of monitoring, and on to the service. What is no trace disappears and costs no call.
 */

const owner = { id: "DEV/GOV/10000003", authentication: "http" };
const country = await SmallCountry.start(t, {
  asking: { clients: [owner, { id: clients.benefits, authentication: "http" }] },
});
const { asking, answering, register } = country;
const path = pathOf(services.open, "/a");
const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const span = "00f067aa0ba902b7";
const sent = `00-${trace}-${span}-01`;

type Fields = Readonly<Record<string, unknown>>;

/** What a call with these headers brings to the register, to both heads and to both process logs. */
async function traced(headers: readonly string[], at = path) {
  const begin = [asking, answering].map(({ logLines }) => logLines.length);
  const calls = register.calls.length;
  const seen = await country.watch(() => country.ask({ path: at, headers }));
  const call = register.calls[calls]!;
  const linesOf = ({ logLines }: CountryServer, from: number) =>
    logLines.slice(from).map((line): Fields => JSON.parse(line));
  return {
    status: seen.result.status,
    id: seen.result.header("Sealway-Exchange-Id"),
    service: namesOf(call.rawHeaders),
    heads: [seen.asking[0]!, seen.answering[0]!].map(({ head }) => namesOf(head.headers.flat())),
    answer: namesOf(seen.result.headers.flat()),
    logs: [...linesOf(asking, begin[0]!), ...linesOf(answering, begin[1]!)].filter(
      (line) => "exchange" in line,
    ),
  };
}

/** Values of the headers of tracing by their names, each as often as it occurs. */
function namesOf(raw: readonly string[]): Readonly<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    if (!["traceparent", "tracestate", "baggage"].includes(name)) continue;
    found[name] = [...(found[name] ?? []), raw[i + 1]!];
  }
  return found;
}

t.test("a trace goes through both gateways with a new span at each", async (t) => {
  const seen = await traced([
    "TraceParent",
    sent,
    "tracestate",
    "vendor=secret",
    "baggage",
    "user=46808039945",
  ]);
  t.equal(seen.status, 200);
  const [atConsumer, received] = seen.heads.map(({ traceparent }) => traceparent?.[0]);
  t.equal(atConsumer, received, "what was signed is what arrived");
  const spans = [sent, atConsumer!, seen.service.traceparent![0]!].map((text) => text.split("-"));
  t.same(
    spans.map(([version, id, , flags]) => [version, id, flags]),
    Array(3).fill(["00", trace, "01"]),
  );
  t.equal(new Set(spans.map(([, , one]) => one)).size, 3, "three spans");
  t.same(
    seen.logs.map(({ trace_id, span_id }) => [trace_id, span_id]).toSorted(),
    [
      [trace, spans[1]![2]],
      [trace, spans[2]![2]],
    ].toSorted(),
  );
  for (const place of [seen.service, ...seen.heads]) t.strictSame(Object.keys(place), ["traceparent"]);
  t.strictSame(seen.answer, {}, "nothing of it comes back");

  const rows = await country.ask({ path: "/monitoring/v1/operational-data" });
  const row = rows.json().records as readonly Fields[];
  t.match(
    row.find(({ xRequestId }) => xRequestId === seen.id),
    { traceId: trace, spanId: spans[1]![2] },
  );
});

t.test("a call without a trace gets none", async (t) => {
  const seen = await traced([]);
  t.same([seen.service, ...seen.heads], [{}, {}, {}]);
  t.strictSame(new Set(seen.logs.map((line) => "trace_id" in line)), new Set([false]));
});

const none: Readonly<Record<string, readonly string[]>> = {
  "one that is malformed": ["traceparent", "00-1-2-01"],
  two: ["traceparent", sent, "Traceparent", sent],
  "one with more than its version has": ["traceparent", `${sent}-x`],
  "one of 8 KiB": ["traceparent", `cc-${trace}-${span}-01-${"x".repeat(8192)}`],
  "a trace id of zeros": ["traceparent", `00-${"0".repeat(32)}-${span}-01`],
};
for (const [what, headers] of Object.entries(none)) {
  t.test(`no trace, and a call like any other: ${what}`, async (t) => {
    const seen = await traced(headers);
    t.equal(seen.status, 200);
    t.same([seen.service, ...seen.heads], [{}, {}, {}]);
    t.strictSame(new Set(seen.logs.map((line) => "trace_id" in line)), new Set([false]));
  });
}

t.test("a trace id that spells the person asked about is none", async (t) => {
  const person = "46808039945";
  const spelling = `00-${person.padStart(32, "a")}-${span}-01`;
  const at = pathOf(services.persons, `/persons/${person}`);
  const seen = await traced(["traceparent", spelling], at);
  t.equal(seen.status, 200);
  t.same([seen.service, ...seen.heads], [{}, {}, {}]);
  const asUser = await traced(["traceparent", spelling, "X-Road-UserId", person]);
  t.same([asUser.service, ...asUser.heads], [{}, {}, {}]);
  t.notMatch([...asking.logLines, ...answering.logLines].join(""), person);
  t.match((await traced(["traceparent", spelling.replace("4", "5")], at)).service, {
    traceparent: [/^00-a+56808/],
  });
});

t.test("a peer that signs several traces, or none of the form, passes none on", async (t) => {
  const real = await realRequest(country, { path });
  const peer = new Peer(country, asking.parts.tls);
  t.teardown(() => peer.close());
  for (const lines of [
    ["traceparent", "00-1-2-01"],
    ["traceparent", sent, "traceparent", sent],
  ]) {
    const added = lines.flatMap((name, i) => (i % 2 === 0 ? [[name, lines[i + 1]!] as const] : []));
    const head = (one: (typeof real)["head"]) => ({ ...one, headers: [...one.headers, ...added] });
    const answer = await peer.send(await forgeRequest(country, real, { head }));
    t.equal(answer.status, 200);
    t.same(namesOf(register.calls.at(-1)!.rawHeaders), {});
  }
});
