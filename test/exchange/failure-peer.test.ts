import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { connect, createServer, type Server, type Socket } from "node:net";
import t from "tap";
import { parseHead } from "../../src/message/head.ts";
import { toWireHeaders } from "../../src/message/wire.ts";
import { forgeAnswer } from "./country/forgery.ts";
import { PlayedServer, writeSigned } from "./country/peer.ts";
import { services } from "./country/plan.ts";
import type { RawAnswer } from "./country/raw-http.ts";
import { pathOf, SmallCountry } from "./country.ts";
import { concluded, told } from "./failure/told.ts";

/* The provider's security server fails; the test plays it, with its real keys, on its real port. */

const country = await SmallCountry.start(t, { asking: { errors: { statuses: "plain" } } });
const contact = "operations@66666666.example";
const ask = (rest = "/a") => country.watch(() => country.ask({ path: pathOf(services.rogue, rest) }));

t.test("a peer that is down", async (t) => {
  const seen = await ask();
  t.same(told(seen), concluded(502, "peer_unreachable"));
  t.equal(seen.result.json().contact, contact, "the fault names whom to tell");
});

t.test("a server with another certificate at the peer's address gets nothing", async (t) => {
  const { rogue } = country;
  const played = await PlayedServer.start({ rogue: { ...rogue, tls: country.certified } } as SmallCountry);
  const seen = await ask();
  played.close();
  t.same(told(seen), { ...concluded(403, "peer_unknown"), asking: "sent request, sent fault peer_unknown" });
  t.equal(played.count, 0, "not a byte of the message was sent");
});

t.test("a peer that is played by the test", async (t) => {
  const played = await PlayedServer.start(country);
  t.teardown(() => played.close());
  const messages: string[] = [];

  t.test("cut before the headers, always: the identical message goes out four times", async (t) => {
    const before = played.count;
    messages.length = 0;
    played.play(({ message }, response) => {
      messages.push(message.signature);
      response.destroy();
    });
    t.same(told(await ask()), concluded(502, "peer_cut_off"));
    t.equal(played.count - before, 4);
    t.equal(new Set(messages).size, 1);
  });

  t.test("cut before the headers, once: the second try is answered", async (t) => {
    const before = played.count;
    played.play(async ({ message }, response) => {
      if (played.count === before + 1) response.destroy();
      else writeSigned(response, await forgeAnswer(country, message));
    });
    const { result, asking } = await ask();
    t.same([result.status, result.body.toString()], [200, "an answer"]);
    t.same(
      asking.map(({ what }) => what),
      ["sent request", "received response"],
    );
  });

  t.test("cut in the middle of a small body", async (t) => {
    played.play(async ({ message }, response) => {
      const { message: answer } = await forgeAnswer(country, message);
      const whole = { "content-length": 9 };
      response.writeHead(200, { ...toWireHeaders(answer), ...whole }).write("an a");
      setImmediate(() => response.destroy());
    });
    t.same(told(await ask()), concluded(502, "peer_cut_off"));
  });

  t.test("cut in the middle of a body that streams", async (t) => {
    const body = Buffer.alloc(1_000_000, "x");
    played.play(async ({ message }, response) => {
      const { message: answer } = await forgeAnswer(country, message, {}, body);
      response.writeHead(200, { ...toWireHeaders(answer), "content-length": body.length });
      response.write(body.subarray(0, 500_000), () => response.destroy());
    });
    t.same(told(await ask()), concluded(502, "peer_cut_off"));
  });

  t.test("503 with Retry-After, unsigned: its word is passed on as the peer's", async (t) => {
    const problem = { code: "log_unavailable", detail: "the store says SQLITE_FULL" };
    played.play((_, response) => {
      response.writeHead(503, { "retry-after": "1" }).end(JSON.stringify(problem));
    });
    const before = played.count;
    const seen = await ask();
    t.same(told(seen), concluded(502, "peer_rejected"));
    t.equal(played.count - before, 1, "it said that it did nothing: nobody asks it again");
    t.match(seen.result.json().message, /answered 503 log_unavailable: the store says SQLITE_FULL$/);
  });

  t.test("409 with Retry-After: the same message asks until the answer is there", async (t) => {
    const before = played.count;
    played.play(async ({ message }, response) => {
      if (played.count < before + 3) response.writeHead(409, { "retry-after": "0" }).end("{}");
      else writeSigned(response, await forgeAnswer(country, message));
    });
    const { result } = await ask();
    t.same([result.status, played.count - before], [200, 3]);
  });

  t.test("no HTTP at all", async (t) => {
    played.play((_, response) => void response.socket?.end("SSH-2.0-OpenSSH_9.6\r\n"));
    const seen = await ask();
    t.same(told(seen), concluded(400, "malformed_message"));
  });
});

/** What a peer may do that never comes to an end, by the path that is asked for. */
const stalls: Readonly<Record<string, (response: ServerResponse) => void>> = {
  "/no-answer": () => {},
  "/answer-without-end": (response) => void response.writeHead(200, { "content-length": "100" }).write("{"),
  "/refusal-without-end": (response) => void response.writeHead(400, { "content-length": "100" }).write("{"),
  "/refusal-in-chunks-without-end": (response) => void response.writeHead(503).write("{"),
};

t.test("a peer that has not answered by the deadline, by whatever it waits for", async (t) => {
  const { asking, answering } = country;
  await answering.stop();
  const played = await PlayedServer.start({ rogue: answering.parts } as SmallCountry);
  played.play(({ message }, response) => {
    const { start } = parseHead(message.head);
    const path = start.kind === "request" ? start.target.slice(start.target.lastIndexOf("/")) : "";
    stalls[path]?.(response);
  });
  const count = await asking.log.count();
  const made: { readonly name: string; readonly result: RawAnswer }[] = [];
  for (const path of Object.keys(stalls)) {
    // One after the other: on a busy machine eight at once would pass the deadline before they are sent.
    for (const length of [100, 100_000]) {
      const ask = { method: "POST", path: pathOf(services.brisk, path), body: Buffer.alloc(length) };
      let result = await country.ask(ask);
      // A machine that stands still for as long as the deadline does not send it at all: asked again, that is another case.
      for (let i = 0; i < 3 && result.json().code === "deadline_exceeded"; i++)
        result = await country.ask(ask);
      made.push({ name: `${path}, body of ${length}`, result });
    }
  }
  played.close();
  const messages = await asking.log.after(count);
  await answering.start();
  for (const { name, result } of made) {
    const own = messages.filter(({ document }) => document.id === result.json().exchange);
    const seen = { result, asking: own, answering: [], calls: 0 };
    t.same(told(seen), concluded(504, "peer_timeout"), name);
  }
});

/** An address of the answering server that cuts every connection until it is told to pass them on. */
class Relay {
  connections = 0;
  mode: "cut" | "pass" = "cut";
  readonly server: Server;

  constructor(to: number) {
    this.server = createServer((socket: Socket) => {
      this.connections++;
      socket.on("error", () => {});
      if (this.mode === "cut") return void socket.destroy();
      const onward = connect(to, "127.0.0.1").on("error", () => socket.destroy());
      socket.pipe(onward).pipe(socket);
    });
  }
}

t.test("one of two addresses is dead: traffic goes on; it is taken out, and comes back", async (t) => {
  const relay = new Relay(country.answering.parts.peerPort);
  await once(relay.server.listen(0, "127.0.0.1"), "listening");
  t.teardown(() => relay.server.close());
  const { port } = relay.server.address() as { port: number };
  const servers = country.registry.servers.map((server) => {
    if (server.id !== country.answering.parts.id) return server;
    return { ...server, addresses: [...server.addresses, { host: "127.0.0.1", port }] };
  });
  await country.authority.publish({ ...country.registry, servers });
  await country.asking.restart();
  const statuses = async (count: number) => {
    const all = new Set<number>();
    for (let i = 0; i < count; i++) {
      all.add((await country.ask({ path: pathOf(services.open, `/${i}`) })).status);
    }
    return [...all];
  };

  t.same(await statuses(30), [200], "not one call fails");
  t.equal(relay.connections, 2, "two failures took the address out");
  country.clock.ahead += 5_001;
  t.same(await statuses(10), [200]);
  t.equal(relay.connections, 3, "after five seconds it is tried again, and out for ten");
  country.clock.ahead += 10_001;
  relay.mode = "pass";
  t.same(await statuses(30), [200]);
  t.equal(relay.connections, 4, "it is back, with a connection that is kept");
});
