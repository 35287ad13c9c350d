import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { systemClock } from "../../src/core/clock.ts";
import { Turns } from "../../src/portal/gateways/turns.ts";
import { preferredLanguage } from "../../src/portal/languages.ts";
import { loadPortalConfiguration } from "../../src/portal/portal-configuration.ts";
import { cookie, readCookie } from "../../src/web/cookies.ts";
import { ErrandSeal } from "../../src/web/errand-seal.ts";
import { ExpiringMap } from "../../src/web/expiring-map.ts";
import { readSecretFile } from "../../src/web/secret-file.ts";
import { newDirectory } from "../new-directory.ts";

t.test("the language that a browser prefers", async (t) => {
  for (const [header, language] of [
    [undefined, "en"],
    ["zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"],
    ["zh-TW", "zh-Hans"],
    ["et, en;q=0.5, zh;q=0.4", "en"],
    ["en;q=0.1, zh;q=0.2", "zh-Hans"],
    ["zh;q=0, en;q=0.1", "en"],
    ["zh;q=0", "en"],
    ["et", "en"],
    ["constructor", "en"],
    [";q=,,;;zh", "en"],
    [`${"en,".repeat(1000)}zh`, "en"],
  ] as const)
    t.equal(preferredLanguage(header), language, String(header).slice(0, 40));
});

t.test("over HTTPS cookies are bound to their very host", async (t) => {
  const overHttps = { overHttps: true };
  const line = cookie("session", "abc", overHttps, undefined);
  t.equal(line, "__Host-sealway-session=abc; Path=/; HttpOnly; SameSite=Lax; Secure");
  t.equal(readCookie("sealway-session=x; __Host-sealway-session=abc", "session", overHttps), "abc");
  t.equal(
    readCookie("sealway-session=abc", "session", overHttps),
    undefined,
    "one that a neighbour could set",
  );
  t.equal(readCookie("sealway-session=a b", "session", { overHttps: false }), undefined);
  t.equal(
    readCookie(`x=${"y".repeat(9000)}; sealway-session=abc`, "session", { overHttps: false }),
    undefined,
  );
});

t.test("what is kept for browsers is bounded, and its ids are not guessed", async (t) => {
  const map = new ExpiringMap<number>({ idle: 1000, absolute: 5000 }, 3, systemClock);
  const ids = [1, 2, 3, 4].map((value) => map.add(value));
  t.equal(map.size, 3);
  t.strictSame(
    ids.map((id) => map.use(id)),
    [undefined, 2, 3, 4],
    "the oldest goes",
  );
  t.match(ids[0], /^[\w-]{43}$/);
  t.equal(map.take(ids[1]), 2);
  t.equal(map.take(ids[1]), undefined);
  t.equal(map.use("constructor"), undefined);
});

t.test("three ask a gateway at a time, the others wait for their turn, and not without end", async (t) => {
  const turns = new Turns(60_000);
  const ends: (() => void)[] = [];
  const began: number[] = [];
  const asked = Array.from({ length: 303 }, (_, i) => {
    return turns.take("a", () => {
      began.push(i);
      return new Promise<void>((resolve) => ends.push(resolve));
    });
  });
  t.strictSame(began, [0, 1, 2]);
  await t.rejects(
    turns.take("a", async () => {}),
    { name: "TooManyWaiting" },
  );
  t.equal(await turns.take("b", async () => 7), 7, "another gateway is another line");
  while (ends.length > 0) {
    ends.shift()!();
    await new Promise(setImmediate);
  }
  await Promise.all(asked);
  t.strictSame(
    began,
    Array.from({ length: 303 }, (_, i) => i),
  );
  await t.rejects(
    turns.take("a", async () => {
      throw new Error("failed");
    }),
    /failed/,
  );
  t.equal(await turns.take("a", async () => 8), 8, "a failure gives its place back");
});

t.test("who waits too long for a turn is not asked any more", async (t) => {
  const turns = new Turns(5);
  let end = () => {};
  const held = new Promise<void>((resolve) => {
    end = resolve;
  });
  const running = Array.from({ length: 3 }, () => turns.take("a", () => held));
  let isAsked = false;
  const late = turns.take("a", async () => {
    isAsked = true;
  });
  await t.rejects(late, { name: "TooManyWaiting" });
  end();
  await Promise.all(running);
  t.equal(await turns.take("a", async () => 9), 9);
  t.notOk(isAsked);
});

const directory = newDirectory();
const good = {
  publicUrl: "https://portal.example",
  securityServer: { url: "https://server.example:8443", client: "DEV/GOV/10000008/portal" },
  identityProvider: {
    ...{ issuer: "https://idp.example", clientId: "portal", clientSecretFile: "secret", acr: ["high"] },
    identifierScheme: "urn:dev:personal-code",
  },
};
const load = (configuration: object) => {
  const path = join(directory, "portal.json");
  writeFileSync(path, JSON.stringify(configuration));
  return loadPortalConfiguration(path);
};

t.test("a configuration is filled in, its paths start at its folder", async (t) => {
  t.match(await load(good), {
    listen: { host: "127.0.0.1", port: 4400 },
    sessions: { idleMinutes: 15, absoluteMinutes: 120 },
    identityProvider: { clientSecretFile: join(directory, "secret") },
  });
  await load({ ...good, publicUrl: "http://127.0.0.1:4400" });
});

for (const [title, change, told] of [
  ["plain HTTP", { publicUrl: "http://portal.example" }, /publicUrl: is not HTTPS/],
  ["a path", { publicUrl: "https://portal.example/x" }, /publicUrl/],
  ["a port that goes without saying", { publicUrl: "https://portal.example:443" }, /publicUrl: is no origin/],
  [
    "an issuer of plain HTTP",
    { identityProvider: { ...good.identityProvider, issuer: "http://idp.example" } },
    /issuer: is not HTTPS/,
  ],
  [
    "no level of assurance",
    { identityProvider: { ...good.identityProvider, acr: [] } },
    /identityProvider.acr/,
  ],
  ["a certificate without a key", { listen: { certificate: "a.pem" } }, /listen: certificate without key/],
  [
    "a client certificate without a key",
    { securityServer: { ...good.securityServer, clientKey: "a.pem" } },
    /securityServer: cert/,
  ],
  [
    "a member instead of a subsystem",
    { securityServer: { ...good.securityServer, client: "DEV/GOV/1" } },
    /securityServer.client/,
  ],
  [
    "an unknown key",
    { publicURL: "https://portal.example" },
    /publicURL: unknown key\. Did you mean "publicUrl"/,
  ],
] as const) {
  t.test(`a configuration with ${title} is refused`, async (t) => {
    await t.rejects(load({ ...good, ...change }), told);
  });
}

t.test("a secret that others can read is refused", async (t) => {
  const path = join(directory, "secret");
  writeFileSync(path, "s", { mode: 0o644 });
  await t.rejects(readSecretFile(path, "x"), /can be read by others/);
  await t.rejects(readSecretFile(join(directory, "none"), "x"), /cannot be read \(ENOENT\)/);
});

t.test("sign-ins that are under way are sealed, however many", async (t) => {
  const secret = Buffer.alloc(32, 7);
  const moved = { time: 1_000, now: () => moved.time };
  const seal = new ErrandSeal(secret, "https://portal.example", 600_000, moved);
  const errand = {
    signIn: { state: "s", nonce: "n", verifier: "v", freshSince: 5 },
    ...{ act: null, to: "/uses" },
  };
  const first = seal.seal(errand);
  for (let i = 0; i < 20_000; i++) seal.seal(errand);
  t.same(seal.open(first), errand, "20,000 starts push nobody out");
  t.same(
    new ErrandSeal(secret, "https://portal.example", 600_000, moved).open(first),
    errand,
    "another process",
  );
  t.equal(
    new ErrandSeal(Buffer.alloc(32, 8), "https://portal.example", 600_000, moved).open(first),
    undefined,
  );
  t.equal(new ErrandSeal(secret, "https://other.example", 600_000, moved).open(first), undefined);
  for (const bad of [undefined, "", "AAAA", first.slice(0, -2), `${first}AA`, `A${first}`, "A".repeat(4000)])
    t.equal(seal.open(bad), undefined);
  moved.time += 600_000;
  t.equal(seal.open(first), undefined, "its time is over");
});

t.test("what has ended is forgotten, whatever began before it", async (t) => {
  const moved = { time: 0, now: () => moved.time };
  const map = new ExpiringMap<string>({ idle: 10, absolute: 100 }, 10, moved);
  const busy = map.add("busy");
  map.add("idle");
  for (let i = 0; i < 3; i++) {
    moved.time += 6;
    map.use(busy);
  }
  map.forgetEnded();
  t.equal(map.size, 1);
  t.equal(map.use(busy), "busy");
});
