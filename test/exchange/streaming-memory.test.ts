import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, request } from "node:http";
import { Readable } from "node:stream";
import t from "tap";
import { clients, services } from "./country/plan.ts";
import { pathOf, SmallCountry } from "./country.ts";
import { ChildGateway } from "./crash/child-gateway.ts";
import { givePatience } from "./failure/patience.ts";

/* A large body both ways through two gateways, each in a process of its own: their memory stays flat. */

const megabyte = 1024 * 1024;
const length = 200 * megabyte;
const mostGrowth = 64 * megabyte;

const block = randomBytes(megabyte);

function* blocks(length: number): Generator<Buffer> {
  for (let sent = 0; sent < length; sent += block.length) yield block;
}

async function digestOf(
  stream: IncomingMessage,
): Promise<{ readonly length: number; readonly sha256: string }> {
  const hash = createHash("sha256");
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    hash.update(chunk);
    length += chunk.length;
  }
  return { length, sha256: hash.digest("hex") };
}

/** Resident memory of a process, bytes: now, and the most since `forgetPeak`. */
function memoryOf(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const read = (name: string) => 1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]);
  return { now: read("VmRSS"), peak: read("VmHWM") };
}

function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

/** A call with a body of that length. @returns what came back */
async function transfer(port: number, length: number): Promise<object> {
  const path = pathOf(services.down, `/${length}`);
  const headers = { "X-Road-Client": clients.benefits, "Content-Length": length };
  const call = request({ host: "127.0.0.1", port, path, method: "POST", headers });
  const answered = once(call, "response") as Promise<[IncomingMessage]>;
  Readable.from(blocks(length)).pipe(call);
  const [answer] = await answered;
  return { status: answer.statusCode, ...(await digestOf(answer)) };
}

t.test(
  "200 MB both ways through two gateways: the memory of neither grows by more than 64 MiB",
  async (t) => {
    const country = await SmallCountry.start(t);
    const { asking, answering } = country;
    await givePatience(country, services.down);
    await Promise.all([asking.stop(), answering.stop()]);
    const gateways = [asking, answering].map(({ configurationFile }) => new ChildGateway(configurationFile));
    for (const gateway of gateways) t.teardown(() => gateway.close());
    await Promise.all(gateways.map((gateway) => gateway.start()));
    const [consumer] = gateways as [ChildGateway, ChildGateway];

    const { services: settings } = JSON.parse(readFileSync(answering.configurationFile, "utf8"));
    const { target } = settings.find(({ id }: { id: string }) => id === services.down.id);
    let received: Awaited<ReturnType<typeof digestOf>> | undefined;
    const register = createServer(async (incoming, response) => {
      received = await digestOf(incoming);
      response.setHeader("Content-Length", received.length);
      Readable.from(blocks(received.length)).pipe(response);
    });
    await once(register.listen(Number(new URL(target).port), "127.0.0.1"), "listening");
    t.teardown(() => {
      register.close();
      register.closeAllConnections();
    });

    // What the first exchanges load, compile and leave to the collector is no growth by the body.
    for (const size of [0, megabyte, 32 * megabyte]) await transfer(consumer.http, size);
    const before = gateways.map(({ pid }) => memoryOf(pid).now);
    const grownBy = async () => {
      for (const { pid } of gateways) forgetPeak(pid);
      const answer = await transfer(consumer.http, length);
      return { answer, grown: gateways.map(({ pid }, i) => memoryOf(pid).peak - before[i]!) };
    };
    // A collector that the machine gave no core in time shows nothing of the body: it may have two more chances.
    let { answer, grown } = await grownBy();
    for (let again = 0; again < 2 && Math.max(...grown) > mostGrowth; again++)
      ({ answer, grown } = await grownBy());

    const hash = createHash("sha256");
    for (const part of blocks(length)) hash.update(part);
    const whole = { length, sha256: hash.digest("hex") };
    t.same(received, whole, "the register got what was sent");
    t.same(answer, { status: 200, ...whole }, "the information system got what was answered");
    for (const [i, name] of ["consumer", "provider"].entries()) {
      t.ok(grown[i]! <= mostGrowth, `${name}: ${Math.round(grown[i]! / megabyte)} MiB`);
    }
  },
);
