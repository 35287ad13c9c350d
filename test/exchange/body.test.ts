import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { PassThrough, Readable, Writable } from "node:stream";
import fc from "fast-check";
import t, { type Test } from "tap";
import { systemClock } from "../../src/core/clock.ts";
import { type Body, maxInlineBody } from "../../src/exchange/body.ts";
import { type ReceiveOptions, receiveBody } from "../../src/exchange/receive-body.ts";
import { sendBody } from "../../src/exchange/send-body.ts";
import { newDirectory } from "../new-directory.ts";

/** One for all: what is given up is still opening its file there, which no directory that is made anew would outlive. */
const spoolDirectory = newDirectory();

function optionsWith(changes: Partial<ReceiveOptions> = {}): ReceiveOptions {
  return {
    passage: "consumer-in",
    maxBytes: 8 * 1024 * 1024,
    deadline: Date.now() + 10_000,
    spoolDirectory,
    clock: systemClock,
    ...changes,
  };
}

function binding(bytes: Buffer, algorithm = "sha512"): { digest: Buffer; length: number } {
  return { digest: createHash(algorithm).update(bytes).digest(), length: bytes.length };
}

async function readAll(body: Body | null): Promise<Buffer> {
  return Buffer.concat((await body?.stream().toArray()) ?? []);
}

async function listen(t: Test, server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => void server.close());
  return (server.address() as AddressInfo).port;
}

t.test("a body of one chunk stays in memory with the passage's digest", async (t) => {
  const bytes = Buffer.from('{"name":"Mari"}');
  for (const [passage, algorithm] of [
    ["consumer-in", "sha512"],
    ["provider-in", "sha512"],
    ["provider-out", "sha256"],
    ["consumer-out", "sha256"],
  ] as const) {
    const body = await receiveBody(Readable.from([bytes]), optionsWith({ passage }));
    t.equal(body?.length, bytes.length);
    t.ok(body?.bytes?.equals(bytes));
    t.ok(body?.digest.equals(binding(bytes, algorithm).digest), passage);
    t.ok((await readAll(body)).equals(bytes));
    t.ok((await readAll(body)).equals(bytes), "again for a resend");
  }
});

t.test("bytes at hand need no stream", async (t) => {
  const bytes = randomBytes(1000);
  const body = await receiveBody(bytes, optionsWith({ expected: binding(bytes) }));
  t.equal(body?.bytes, bytes);
  t.equal(await receiveBody(Buffer.alloc(0), optionsWith()), null);
  await t.rejects(receiveBody(bytes, optionsWith({ maxBytes: 999 })), { code: "body_too_large" });
  await t.rejects(receiveBody(bytes, optionsWith({ expected: null })), { code: "digest_mismatch" });
});

t.test("no byte is no body, and fits only a head that names none", async (t) => {
  t.equal(await receiveBody(Readable.from([]), optionsWith()), null);
  t.equal(await receiveBody(Readable.from([]), optionsWith({ expected: null })), null);
  const expected = binding(Buffer.from("x"));
  await t.rejects(receiveBody(Readable.from([]), optionsWith({ expected })), { code: "digest_mismatch" });
});

t.test(
  "exactly 64 KiB stays in memory, one byte more goes to the spool and leaves no name there",
  async (t) => {
    const options = optionsWith({ spoolDirectory: newDirectory() });
    const inline = await receiveBody(Readable.from([randomBytes(maxInlineBody)]), options);
    t.equal(inline?.bytes?.length, maxInlineBody);
    const bytes = randomBytes(maxInlineBody + 1);
    const spooled = await receiveBody(Readable.from([bytes]), { ...options, expected: binding(bytes) });
    t.equal(spooled?.bytes, undefined);
    t.strictSame(readdirSync(options.spoolDirectory), []);
    t.ok((await readAll(spooled)).equals(bytes));
    spooled?.discard();
    spooled?.discard();
  },
);

t.test("property: what comes in in any pieces comes out the same, twice", async () => {
  const options = optionsWith();
  const sizes = fc.array(fc.integer({ min: 1, max: 300_000 }), { minLength: 1, maxLength: 6 });
  const property = fc.asyncProperty(sizes, async (lengths) => {
    const pieces = lengths.map((length) => randomBytes(length));
    const bytes = Buffer.concat(pieces);
    const body = await receiveBody(Readable.from(pieces), { ...options, expected: binding(bytes) });
    const same = (await readAll(body)).equals(bytes) && (await readAll(body)).equals(bytes);
    body?.discard();
    return same && body?.length === bytes.length;
  });
  await fc.assert(property, { numRuns: 25 });
});

t.test("blocks are whoever's asked for them, and start anew for a resend", async (t) => {
  const bytes = randomBytes(700_000);
  const body = (await receiveBody(Readable.from([bytes]), optionsWith())) as Body;
  for (const round of [1, 2]) {
    const given: Buffer[] = [];
    for await (const block of body.blocks()) given.push(block);
    t.ok(Buffer.concat(given).equals(bytes), `round ${round}`);
  }
  body.discard();
});

t.test("a slow sink gets the verified bytes and no others; memory is given back behind it", async (t) => {
  const bytes = randomBytes(600_000);
  const body = (await receiveBody(Readable.from([bytes]), optionsWith())) as Body;
  const held: { readonly block: Buffer; readonly done: () => void }[] = [];
  const arrived: Buffer[] = [];
  const sink = new Writable({
    write(block: Buffer, _encoding, done) {
      held.push({ block, done });
      // As a system that still has the block when the next one is asked for: it reads it late.
      setImmediate(() => {
        arrived.push(Buffer.from(block));
        held.shift()?.done();
      });
    },
  });
  const blocks: Buffer[] = [];
  const watched = { ...bodyOf(body), blocks: () => watch(body.blocks(), blocks) };
  await sendBody(watched, sink);
  t.ok(Buffer.concat(arrived).equals(bytes));
  t.strictSame(
    blocks.map(({ length }) => length),
    [0, 0, 0],
    "freed once the sink was done",
  );
  body.discard();
});

function bodyOf({ length, digest, bytes, stream, discard }: Body): Omit<Body, "blocks"> {
  return { length, digest, bytes, stream, discard };
}

async function* watch(blocks: AsyncIterable<Buffer>, seen: Buffer[]): AsyncGenerator<Buffer> {
  for await (const block of blocks) {
    seen.push(block);
    yield block;
  }
}

t.test("a sender's own buffers stay its own", async (t) => {
  const pieces = [Buffer.alloc(100_000, "a"), Buffer.alloc(100_000, "b"), Buffer.alloc(100_000, "c")];
  const body = await receiveBody(Readable.from(pieces), optionsWith());
  t.strictSame(
    pieces.map(({ length }) => length),
    [100_000, 100_000, 100_000],
  );
  body?.discard();
});

t.test("a body is sent whole into a response, from memory or from the spool", async (t) => {
  for (const length of [1_000, 3_000_000]) {
    const bytes = randomBytes(length);
    const body = (await receiveBody(Readable.from([bytes]), optionsWith())) as Body;
    const server = createServer((_request, response) => void sendBody(body, response));
    const port = await listen(t, server);
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    t.ok(Buffer.from(await answer.arrayBuffer()).equals(bytes));
    body.discard();
  }
});

t.test("sending into a response whose reader has gone fails", async (t) => {
  const body = (await receiveBody(Readable.from([randomBytes(6_000_000)]), optionsWith())) as Body;
  const sent = new Promise((resolve, reject) => {
    const server = createServer((_request, response) => void sendBody(body, response).then(resolve, reject));
    listen(t, server).then((port) => {
      const client = connect(port, "127.0.0.1");
      client.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
      client.once("data", () => client.destroy());
    });
  });
  await t.rejects(sent);
  body.discard();
});

t.test("sending from a spool file that was given up fails", async (t) => {
  const body = (await receiveBody(Readable.from([randomBytes(600_000)]), optionsWith())) as Body;
  body.discard();
  await t.rejects(sendBody(body, new PassThrough()));
});

t.test("a body with one altered byte is refused", async (t) => {
  for (const length of [10, 400_000]) {
    const bytes = randomBytes(length);
    const expected = binding(bytes);
    bytes[length - 1] = bytes[length - 1]! ^ 1;
    await t.rejects(receiveBody(Readable.from([bytes]), optionsWith({ expected })), {
      code: "digest_mismatch",
    });
  }
});

t.test("a body longer than the head says is refused at the first byte too many", async (t) => {
  const source = new PassThrough();
  const received = receiveBody(source, optionsWith({ expected: binding(Buffer.alloc(100)) }));
  source.write(Buffer.alloc(101));
  await t.rejects(received, { code: "digest_mismatch" }, "though the source has not ended");
});

t.test("a body shorter than the head says is refused", async (t) => {
  const expected = binding(Buffer.alloc(100));
  await t.rejects(receiveBody(Readable.from([Buffer.alloc(99)]), optionsWith({ expected })), {
    code: "digest_mismatch",
  });
});

t.test("a head that names more than is taken is refused before a byte is read", async (t) => {
  const expected = { digest: Buffer.alloc(64), length: 1001 };
  const source = new Readable({ read: () => t.fail("a byte was read") });
  await t.rejects(receiveBody(source, optionsWith({ maxBytes: 1000, expected })), {
    code: "body_too_large",
  });
});

t.test("each passage has its words for too large, cut off and late", async (t) => {
  const cases = [
    ["consumer-in", "body_too_large", "incomplete_body", "deadline_exceeded"],
    ["provider-in", "body_too_large", "incomplete_body", "deadline_exceeded"],
    ["provider-out", "invalid_response", "service_cut_off", "service_timeout"],
    ["consumer-out", "invalid_response", "peer_cut_off", "peer_timeout"],
  ] as const;
  for (const [passage, tooLarge, cutOff, late] of cases) {
    const long = receiveBody(Readable.from([Buffer.alloc(101)]), optionsWith({ passage, maxBytes: 100 }));
    await t.rejects(long, { code: tooLarge }, passage);
    const broken = new PassThrough();
    const cut = receiveBody(broken, optionsWith({ passage }));
    broken.write(Buffer.alloc(100_000));
    setImmediate(() => broken.destroy());
    await t.rejects(cut, { code: cutOff }, passage);
    const slow = receiveBody(new PassThrough(), optionsWith({ passage, deadline: Date.now() + 20 }));
    await t.rejects(slow, { code: late }, passage);
  }
});

t.test("a source that is broken before anybody listens is cut off", async (t) => {
  const source = new PassThrough();
  source.destroy();
  await t.rejects(receiveBody(source, optionsWith()), { code: "incomplete_body" });
});

t.test("a request that is cut in the middle of its body is incomplete", async (t) => {
  const server = createServer();
  const client = connect(await listen(t, server), "127.0.0.1");
  client.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nabc");
  const [request] = (await once(server, "request")) as [IncomingMessage];
  const received = receiveBody(request, optionsWith());
  client.destroy();
  await t.rejects(received, { code: "incomplete_body" });
});

t.test("a request that is too large keeps its connection for the refusal", async (t) => {
  const server = createServer((request, response) => {
    receiveBody(request, optionsWith({ maxBytes: 10 })).catch((error) => {
      response.writeHead(413, { connection: "close" }).end(error.code);
    });
  });
  const port = await listen(t, server);
  const answer = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: "more than ten bytes" });
  t.equal(answer.status, 413);
  t.equal(await answer.text(), "body_too_large");
});

t.test("a source is held back while the disk is behind", async (t) => {
  let given = 0;
  let most = 0;
  let resumed = 0;
  const source = new Readable({
    highWaterMark: 0,
    read() {
      given += 262_144;
      this.push(given <= 8 * 262_144 ? Buffer.alloc(262_144) : null);
    },
  });
  source.on("pause", () => (most = Math.max(most, given))).on("resume", () => resumed++);
  const body = await receiveBody(source, optionsWith());
  t.equal(body?.length, 8 * 262_144);
  t.ok(resumed > 2, "paused and resumed block by block");
  body?.discard();
});

t.test("a spool directory that does not exist makes the gateway unable, not the caller wrong", async (t) => {
  const options = optionsWith({ spoolDirectory: "/nonexistent/spool" });
  const long = Readable.from([Buffer.alloc(400_000), Buffer.alloc(400_000)]);
  await t.rejects(receiveBody(long, options), { code: "spool_unavailable" });
  const short = await receiveBody(Readable.from([Buffer.alloc(100)]), options);
  t.equal(short?.length, 100, "bodies that stay in memory still pass");
});

t.test("a disk that takes no more makes the gateway unable", async (t) => {
  const program = `
    import { Readable } from "node:stream";
    import { systemClock } from "${new URL("../../src/core/clock.ts", import.meta.url)}";
    import { receiveBody } from "${new URL("../../src/exchange/receive-body.ts", import.meta.url)}";
    const pieces = Array.from({ length: 8 }, () => Buffer.alloc(262144));
    const options = { passage: "consumer-in", maxBytes: 1e9, deadline: Date.now() + 5000, spoolDirectory: process.argv[1], clock: systemClock };
    await receiveBody(Readable.from(pieces), options).then(() => console.log("taken"), (error) => console.log(error.code));
  `;
  const command = `ulimit -f 600; exec "${process.execPath}" --input-type=module -e "$0" "$1"`;
  const run = spawnSync("bash", ["-c", command, program, spoolDirectory], { encoding: "utf8" });
  t.equal(run.stdout.trim(), "spool_unavailable", run.stderr);
});
