import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import t from "tap";
import { toWireHeaders } from "../../src/message/wire.ts";
import { until } from "../until.ts";
import { forgeAnswer, forgeRequest, realRequest } from "./country/forgery.ts";
import { Peer, PlayedServer, tlsOf } from "./country/peer.ts";
import { services } from "./country/plan.ts";
import { open, readAnswer } from "./country/raw-http.ts";
import { pathOf, requestBytes, SmallCountry } from "./country.ts";
import { mountSmallDisk, whyNoSmallDisk } from "./failure/small-disk.ts";
import { bytesOnDisk, openSpoolFiles } from "./failure/spool-files.ts";
import { concluded, told } from "./failure/told.ts";

/* Bodies at the edge between memory and disk, large ones, and everything that can go wrong with them. */

const country = await SmallCountry.start(t, { asking: { errors: { statuses: "plain" } } });
const spools = [country.asking, country.answering].map(({ stateDirectory }) => join(stateDirectory, "spool"));
const [askingSpool = "", answeringSpool = ""] = spools;
const marker = "a-marker-that-nobody-may-read-on-disk";
const large = Buffer.alloc(300_000, marker);
const path = pathOf(services.open, "/body");
const post = (body: Buffer) => country.watch(() => country.ask({ method: "POST", path, body }));

/** Files and descriptors of both spools. */
function left(): string[] {
  return spools.flatMap((spool) => [...openSpoolFiles(spool), ...readdirSync(spool)]);
}

for (const length of [0, 1, 65_535, 65_536, 65_537, 262_143, 262_144, 262_145]) {
  t.test(`${length} bytes come through both ways as they are`, async (t) => {
    const sent = randomBytes(length);
    const answer = randomBytes(length);
    country.register.answer({ body: answer });
    const { result, asking, answering } = await post(sent);
    t.equal(result.status, 200);
    t.ok(result.body.equals(answer));
    t.ok(country.register.calls.at(-1)?.body.equals(sent));
    t.same([asking.length, answering.length], [2, 2]);
    await until("both spools are empty", () => left().length === 0);
  });
}

t.test("a large body on disk: without a name, unreadable, and gone with the exchange", async (t) => {
  const { promise: came, resolve: itCame } = Promise.withResolvers<void>();
  const { promise: looked, resolve: go } = Promise.withResolvers<void>();
  country.register.answer(async () => {
    itCame();
    await looked;
    return { body: large };
  });
  const call = post(large);
  await came;
  t.same(
    spools.map((spool) => readdirSync(spool)),
    [[], []],
    "no file has a name",
  );
  for (const spool of spools) {
    const [file = "", ...more] = openSpoolFiles(spool);
    t.equal(more.length, 0);
    const bytes = bytesOnDisk(file);
    t.ok(bytes.length >= large.length, "the body is there");
    t.notOk(bytes.includes(marker.slice(0, 12)), "and cannot be read");
  }
  go();
  const { result } = await call;
  t.ok(result.body.equals(large));
  await until("both spools are empty", () => left().length === 0);
});

t.test("a client that disconnects in the middle of its upload", async (t) => {
  const seen = await country.watch(async () => {
    const socket = await open({ port: country.asking.gateway.ports.http! });
    socket.write(requestBytes({ method: "POST", path, body: large }).subarray(0, 200_000));
    await until("the upload has begun", () => openSpoolFiles(askingSpool).length === 1);
    socket.destroy();
    await until("the exchange has ended", () => country.asking.gateway.health().exchangesRunning === 0);
  });
  t.same([seen.asking.length, seen.answering.length, seen.calls], [0, 0, 0], "it never became an exchange");
  await until("both spools are empty", () => left().length === 0);
});

t.test("a client that disconnects while it waits: the exchange is finished and recorded", async (t) => {
  const { promise: came, resolve: itCame } = Promise.withResolvers<void>();
  const { promise: gone, resolve: go } = Promise.withResolvers<void>();
  country.register.answer(async () => {
    itCame();
    await gone;
    return { body: large };
  });
  const seen = await country.watch(async () => {
    const socket = await open({ port: country.asking.gateway.ports.http! });
    socket.write(requestBytes({ method: "POST", path, body: large }));
    await came;
    socket.destroy();
    go();
    await until("the exchange has ended", () => country.asking.gateway.health().exchangesRunning === 0);
  });
  t.same([...seen.asking, ...seen.answering].map(({ what }) => what).sort(), [
    ...["received request", "received response", "sent request", "sent response"],
  ]);
  await until("both spools are empty", () => left().length === 0);
});

t.test("a client that reads half of a large answer and goes", async (t) => {
  country.register.answer({ body: Buffer.alloc(8_000_000) });
  const socket = await open({ port: country.asking.gateway.ports.http! });
  socket.write(requestBytes({ path }));
  for await (const _ of socket) break;
  socket.destroy();
  await until("the exchange has ended", () => country.asking.gateway.health().exchangesRunning === 0);
  await until("both spools are empty", () => left().length === 0);
  t.pass("nothing is left");
});

t.test("a service that reads in fits and starts gets the bytes that were verified", async (t) => {
  const { services: settings } = JSON.parse(readFileSync(country.answering.configurationFile, "utf8"));
  const { target } = settings.find(({ id }: { id: string }) => id === services.down.id);
  const register = createServer(async (incoming, response) => {
    const hash = createHash("sha256");
    let pausedAt = 0;
    let length = 0;
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      hash.update(chunk);
      length += chunk.length;
      if (length - pausedAt < 5_000_000) continue;
      pausedAt = length;
      await wait(50);
    }
    response.end(hash.digest("hex"));
  });
  await once(register.listen(Number(new URL(target).port), "127.0.0.1"), "listening");
  t.teardown(() => {
    register.close();
    register.closeAllConnections();
  });
  // A length that is no multiple of a block: the last one is the one that a socket takes without draining.
  const body = randomBytes(20_000_001);
  const { result } = await country.watch(() =>
    country.ask({ method: "POST", path: pathOf(services.down, "/slow"), body }),
  );
  t.equal(result.body.toString(), createHash("sha256").update(body).digest("hex"));
  await until("both spools are empty", () => left().length === 0);
});

t.test("a refusal comes before the body: not a byte of it goes to the provider", async (t) => {
  const objects = await realRequest(country, { method: "POST", path: pathOf(services.expired) });
  const forged = await forgeRequest(country, objects, {}, large);
  const { asking, answering } = country;
  const socket = await open({
    port: answering.gateway.ports.peer,
    tls: { ...tlsOf(asking.parts.tls), minVersion: "TLSv1.3" },
  });
  t.teardown(() => socket.destroy());
  const headers = Object.entries(toWireHeaders(forged.message)).map(([name, value]) => `${name}: ${value}`);
  const lines = ["POST /exchange/v1 HTTP/1.1", "Host: x", ...headers, `Content-Length: ${large.length}`];
  socket.write(`${[...lines, "Expect: 100-continue"].join("\r\n")}\r\n\r\n`);
  const answer = await readAnswer(socket);
  t.same([answer.status, answer.continues, answer.json().code], [200, 0, "access_denied"]);
  const seen = await country.watch(() =>
    country.ask({ method: "POST", path: pathOf(services.expired), body: large }),
  );
  t.match(told(seen), { status: 403, code: "access_denied", hop: "provider", calls: 0 });
  await until("both spools are empty", () => left().length === 0);
});

t.test("a large body that was altered on its way to the provider", async (t) => {
  const objects = await realRequest(country, { method: "POST", path });
  const forged = await forgeRequest(country, objects, {}, large);
  const altered = Buffer.from(large);
  altered.writeUInt8(altered.readUInt8(299_999) ^ 1, 299_999);
  const peer = new Peer(country, country.asking.parts.tls);
  t.teardown(() => peer.close());
  const seen = await country.watch(() => peer.send({ ...forged, body: altered }));
  t.same([seen.result.status, seen.result.problem.code], [400, "digest_mismatch"]);
  t.same([seen.answering.length, seen.calls], [0, 0], "neither log nor register heard of it");
  await until("both spools are empty", () => left().length === 0);
});

t.test("a large answer that was altered on its way to the consumer", async (t) => {
  const played = await PlayedServer.start(country);
  t.teardown(() => played.close());
  played.play(async ({ message }, response) => {
    const { message: answer } = await forgeAnswer(country, message, {}, large);
    const altered = Buffer.from(large);
    altered.writeUInt8(altered.readUInt8(150_000) ^ 1, 150_000);
    response.writeHead(200, { ...toWireHeaders(answer), "content-length": large.length }).end(altered);
  });
  const seen = await country.watch(() => country.ask({ path: pathOf(services.rogue, "/a") }));
  t.same(told(seen), concluded(400, "digest_mismatch"));
  t.notOk(seen.result.body.includes(marker), "nothing of it came out");
  await until("both spools are empty", () => left().length === 0);
});

/** A disk that has no room for a large body. */
function fullDisk(directory: string): () => void {
  return mountSmallDisk(directory, "64k");
}

/** A path at which no file can be made, whoever asks. */
function noDirectory(directory: string): () => void {
  rmSync(directory, { recursive: true });
  writeFileSync(directory, "");
  return () => {
    rmSync(directory);
    mkdirSync(directory, { mode: 0o700 });
  };
}

const askingUnable = {
  ...{ status: 503, code: "spool_unavailable", hop: "consumer" },
  ...{ asking: "", answering: "", calls: 0 },
};
/** The provider is unable without a signature; what the consumer has of it is that it did not take the message. */
const answeringUnable = concluded(502, "peer_rejected");

for (const [side, spool, expected] of [
  ["consumer", askingSpool, askingUnable],
  ["provider", answeringSpool, answeringUnable],
] as const) {
  for (const [what, breakDisk] of [
    ["full", fullDisk],
    ["gone", noDirectory],
  ] as const) {
    const skip = breakDisk === fullDisk && whyNoSmallDisk();
    t.test(`the ${side}'s spool is ${what}`, { skip }, async (t) => {
      const mend = breakDisk(spool);
      try {
        const seen = await post(Buffer.alloc(20_000_000));
        t.same(told(seen), expected);
        t.match(seen.result.json().message, / not be kept on disk$/);
        country.register.answer();
        const small = await post(Buffer.from("small"));
        t.equal(small.result.status, 200, "bodies that fit in memory pass all the same");
      } finally {
        mend();
      }
      country.register.answer({ body: large });
      t.equal((await post(large)).result.status, 200, "mended, it takes large bodies again");
      await until("both spools are empty", () => left().length === 0);
    });
  }
}

const cutOff = { status: 503, code: "interrupted", calls: 1 };
const unfinished = [
  {
    name: "provider",
    spool: answeringSpool,
    expected: {
      ...{ ...cutOff, hop: "provider", asking: "sent request, received fault interrupted" },
      answering: "received request, sent fault interrupted",
    },
  },
  {
    name: "consumer",
    spool: askingSpool,
    expected: {
      ...{ ...cutOff, hop: "consumer", asking: "sent request, sent fault interrupted" },
      answering: "received request, sent response",
    },
  },
] as const;

for (const { name, spool, expected } of unfinished) {
  t.test(`the ${name}'s spool has no room for the answer: nobody is told to try again`, async (t) => {
    country.register.answer({ body: large });
    const mend = noDirectory(spool);
    const seen = await post(Buffer.from("small"));
    mend();
    t.same(told(seen), expected);
    t.equal(seen.result.header("retry-after"), undefined);
    t.match(seen.result.json().remedy, "Whether the service acted is not known");
    await until("both spools are empty", () => left().length === 0);
  });
}
