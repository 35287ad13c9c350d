import { pino } from "pino";
import t from "tap";
import { SealwayError } from "../../src/core/errors.ts";
import { problemOf } from "../../src/exchange/problem.ts";
import type { PeerReply } from "../../src/exchange/provide.ts";
import { ExchangeLog } from "../../src/http/exchange-log.ts";
import { forgeRequest, realRequest } from "../exchange/country/forgery.ts";
import { Peer } from "../exchange/country/peer.ts";
import { clients, services } from "../exchange/country/plan.ts";
import type { CountryServer } from "../exchange/country/server.ts";
import { pathOf, SmallCountry } from "../exchange/country.ts";

/*
 * What the process log says: every exchange that failed on either side, with its id and code; nothing that a caller, a
 * peer or an information system wrote; and of strangers a few lines, however many they are.
 */

const country = await SmallCountry.start(t);
const { asking, answering, register } = country;
const path = pathOf(services.open, "/thing");
const person = "46808039945";

type Line = Readonly<Record<string, unknown>>;

/** The lines that an act adds to a server's log. */
async function linesOf({ logLines }: CountryServer, act: () => Promise<unknown>): Promise<Line[]> {
  const before = logLines.length;
  await act();
  return logLines.slice(before).map((line) => JSON.parse(line) as Line);
}

t.test("strangers with a new certificate each time have one line at the peer interface", async (t) => {
  const request = await realRequest(country, { path });
  const message = await forgeRequest(country, request);
  const lines = await linesOf(answering, async () => {
    for (let i = 0; i < 15; i++) {
      const peer = new Peer(country, country.ca.issueTls(country.rogue.id, `invented ${i}`));
      t.match((await peer.send(message)).problem, { code: "peer_unknown" });
      peer.close();
    }
  });
  t.match(lines, [{ code: "peer_unknown", address: "127.0.0.1", msg: "not taken" }]);
});

t.test(
  "strangers at the consumer interface have one line for a code, which repeats nothing of theirs",
  async (t) => {
    const lines = await linesOf(asking, async () => {
      for (let i = 0; i < 100; i++) {
        await country.ask({ path, client: `DEV/GOV/${person}/x${i}` });
        await country.ask({ path: `/r1/${person}`, client: person });
      }
    });
    t.equal(lines.length, 2);
    t.notMatch(JSON.stringify(lines), person);
  },
);

t.test("a service that breaks off its answer is a line at the provider, with the exchange id", async (t) => {
  register.answer((_, response) => void response.destroy());
  let answer = await country.ask({ path });
  const lines = await linesOf(answering, async () => {
    answer = await country.ask({ path });
  });
  register.answer();
  const { exchange } = answer.json();
  t.match(lines, [{ exchange, code: "service_cut_off", level: 30, msg: "not provided" }]);
});

t.test("a refusal is a line at the provider, with the exchange id", async (t) => {
  const request = await realRequest(country, { path });
  const message = await forgeRequest(country, request, {
    document: (document) => ({ ...document, service: { ...document.service, version: "9.9.9" } }),
  });
  const peer = new Peer(country, asking.parts.tls);
  const lines = await linesOf(answering, () => peer.send(message));
  peer.close();
  t.match(lines, [{ exchange: /^[0-9a-f-]{36}$/, code: /./, msg: "not provided" }]);
});

t.test("bytes of an answer that is no HTTP are not logged", async (t) => {
  register.answer(
    (_, response) => void response.socket?.end(`HTTP/1.1 200 OK\r\n${person} ${person}\r\n\r\n`),
  );
  const bytes = [person, Buffer.from(person).join(), "data"];
  const lines = await linesOf(answering, () => country.ask({ path }));
  register.answer();
  t.match(lines, [{ code: "invalid_response", cause: { type: "HTTPParserError" } }]);
  for (const text of bytes) t.notMatch(JSON.stringify(lines), text);
});

/** A log whose lines and time a test has in its hand. */
function newLog() {
  const clock = { time: 1_000_000, now: () => clock.time };
  const lines: Line[] = [];
  const logger = pino({}, { write: (line: string) => void lines.push(JSON.parse(line) as Line) });
  return { log: new ExchangeLog(logger, clock), lines, clock };
}

const stranger: PeerReply = unsigned(new SealwayError("peer_unknown", person));

function unsigned(error: SealwayError): PeerReply {
  return { kind: "unsigned", error, problem: problemOf(error, "provider", null) };
}

t.test(
  "strangers from everywhere have a hundred lines a minute together, and the rest are counted",
  async (t) => {
    const { log, lines, clock } = newLog();
    for (let i = 0; i < 10_000; i++) log.provided(stranger, { address: `2001:db8::${i.toString(16)}` }, 0);
    t.equal(lines.length, 100);
    clock.time += 60_000;
    log.provided(stranger, { address: "2001:db8::1" }, 0);
    t.match(lines[100], { code: "peer_unknown", leftOut: 9_900 });
    t.notMatch(JSON.stringify(lines), person);
  },
);

t.test("a failure of our own has its stack, whoever called", async (t) => {
  const { log, lines } = newLog();
  const cause = new TypeError("x is not a function");
  log.provided(
    unsigned(new SealwayError("internal_error", "unexpected failure", { cause })),
    { address: "" },
    0,
  );
  t.match(lines, [
    {
      level: 50,
      code: "internal_error",
      cause: { type: "TypeError", message: cause.message },
      at: [/exchange-log.test/],
    },
  ]);
});

t.test("what could not be parsed is not quoted", async (t) => {
  const { log, lines } = newLog();
  let cause: unknown;
  try {
    JSON.parse(`[${person}`);
  } catch (error) {
    cause = error;
  }
  log.provided(
    unsigned(new SealwayError("internal_error", "unexpected failure", { cause })),
    { address: "" },
    0,
  );
  t.match(lines, [{ cause: { type: "SyntaxError" } }]);
  t.notMatch(JSON.stringify(lines), person);
});

t.test("a signed refusal whose detail names what a peer invented", async (t) => {
  const { log, lines } = newLog();
  const error = new SealwayError("unknown_service", `Unknown service: DEV/GOV/${person}/a/b`);
  const reply = { kind: "signed", message: {} as never, body: null, exchange: "an id", error } as const;
  log.provided(reply, { address: "" }, 0);
  const problem = problemOf(new SealwayError("access_denied", ""), "provider", "an id");
  const said = { ...problem, rule: person, detail: person };
  log.consumed(
    { kind: "problem", problem: said, queryId: null, error: null, client: clients.benefits },
    { address: "" },
    0,
  );
  t.match(lines, [
    { exchange: "an id", code: "unknown_service" },
    { exchange: "an id", code: "access_denied" },
  ]);
  t.notMatch(JSON.stringify(lines), person);
});
