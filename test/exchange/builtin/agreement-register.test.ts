import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import type { ServiceId } from "../../../src/core/ids.ts";
import { clients, type MorePlans, type PlannedService, services } from "../country/plan.ts";
import { pathOf, SmallCountry } from "../country.ts";
import { agreements, call, made, requested, terms } from "./agreement-scene.ts";

/*
 * Which agreements there are, for everybody to read: who, what, what for, until when, and how often.
 */

const described = { visibility: "parties" } as const;
const hidden: PlannedService = {
  ...{
    id: `${clients.population}/hidden` as ServiceId,
    contentKind: "opaque",
    target: "register",
    described,
  },
  endpoints: [["GET", "/x"]],
};
const more: MorePlans = {
  services: [hidden],
  agreements: [
    { id: "of-hidden", consumer: clients.benefits, service: hidden.id },
    {
      id: "untold",
      consumer: clients.inspection,
      service: services.small.id,
      terms: { register: "parties" },
    },
  ],
};
const country = await SmallCountry.start(t, { asking: { errors: { statuses: "plain" } }, more });

interface Entry {
  readonly id: string;
  readonly state: string;
  readonly uses: number | null;
}

async function read(
  query = "",
  client: string | null = null,
): Promise<{ agreements: Entry[]; next: string | null }> {
  const answer = await country.ask({ path: `/agreements${query}`, client });
  t.equal(answer.status, 200, answer.body.toString());
  return answer.json() as never;
}
const ids = async (client: string | null) =>
  (await read("?limit=100", client)).agreements.map(({ id }) => id);

t.test("everybody reads who may ask what, and what for", async (t) => {
  const { agreements } = await read("?limit=100");
  const open = agreements.find(({ id }) => id === "benefits-open");
  t.match(open, {
    ...{ consumer: clients.benefits, service: services.open.id, revision: 1, purposes: null, fields: null },
    ...{
      endpoints: [{ method: "*", path: "/**" }],
      state: "in-force",
      from: /T/,
      to: /T/,
      sha256: /^[\w-]{43}$/,
    },
  });
  t.equal(agreements.find(({ id }) => id === "benefits-expired")?.state, "ended");
});

t.test("what is for parties alone is for nobody else, and as if it were not there", async (t) => {
  const all = await ids(null);
  t.notOk(all.includes("of-hidden"), "a service that only parties see");
  t.notOk(all.includes("untold"), "an agreement that only parties see");
  t.notOk((await ids(clients.onboarding)).includes("untold"));
  const own = await ids(clients.inspection);
  t.ok(own.includes("untold"));
  t.ok(own.includes("of-hidden"), "of the consumer's own member");
  const answer = await country.ask({ path: "/agreements", client: clients.badged });
  t.equal(answer.status, 401, "whoever names a client proves it");
});

t.test("by pages, and by service", async (t) => {
  const all = (await read("?limit=100")).agreements;
  const paged: Entry[] = [];
  for (let next: string | null = ""; next !== null; ) {
    const page = await read(`?limit=3&after=${encodeURIComponent(next)}`);
    paged.push(...page.agreements);
    next = page.next;
  }
  t.strictSame(paged, all);
  const ofOne = await read(`?service=${encodeURIComponent(services.small.id)}`);
  t.strictSame(
    ofOne.agreements.map(({ id }) => id),
    ["benefits-small"],
  );
  for (const query of ["?limit=0", "?limit=101", "?limit=x", "?what=1", "?limit=1&limit=2"])
    t.equal((await country.ask({ path: `/agreements${query}`, client: null })).status, 400, query);
  t.equal((await country.ask({ method: "POST", path: "/agreements", client: null })).status, 405);
});

t.test("uses are told from ten upward, and a day later at the earliest", async (t) => {
  const use = async (count: number) => {
    for (let i = 0; i < count; i++) await country.ask({ path: pathOf(services.small) });
  };
  const told = async () =>
    (await read(`?service=${encodeURIComponent(services.small.id)}`)).agreements[0]!.uses;
  await use(9);
  country.clock.ahead += 25 * 3_600_000;
  await country.authority.renew();
  await Promise.all([country.asking.restart(), country.answering.restart()]);
  t.equal(await told(), null, "nine are not told");
  await use(3);
  t.equal(await told(), null, "nor does anybody see them grow");
  country.clock.ahead += 25 * 3_600_000;
  await country.authority.renew();
  await Promise.all([country.asking.restart(), country.answering.restart()]);
  t.equal(await told(), 12);
});

t.test("one that is made by acts, suspended and ended", async (t) => {
  const { answering, asking } = country;
  const entry = async () => (await read("?after=bank&limit=1")).agreements[0];
  await requested(t, country, terms("bank-new"));
  t.not((await entry())?.id, "bank-new", "what is only asked for is nobody's business");
  await made(t, answering, "approve", "bank-new");
  t.match(await entry(), { id: "bank-new", state: "in-force", uses: null });
  await made(t, asking, "suspend", "bank-new", "--reason", "an incident");
  t.match(await entry(), { id: "bank-new", state: "suspended" });
  await made(t, asking, "end", "bank-new", "--reason", "done");
  t.not((await entry())?.id, "bank-new");
});

t.test("access rights are taken over, for twelve months, while the server runs", async (t) => {
  const file = join(country.directory, "rights.txt");
  const right = `${clients.onboarding} ${services.partly.id}`;
  writeFileSync(
    file,
    `# from the old server\n${right} GET /covered\n${right} POST /covered\n${right} GET /covered # again\n`,
  );
  t.equal(await call(country, services.partly.id, "/covered"), "access_denied");
  for (const server of [country.asking, country.answering])
    t.match(await agreements(t, server, "import", file), { code: 0, text: /^1 agreements written/ });
  t.equal(await call(country, services.partly.id, "/covered"), "200");
  t.equal(await call(country, services.partly.id, "/uncovered"), "access_denied");
  const { agreements: listed } = await read("?after=migrated&limit=1");
  t.match(listed, [
    { state: "migrated", purposes: null, endpoints: [{ method: "GET" }, { method: "POST" }] },
  ]);
  t.match(await agreements(t, country.asking, "import", file), {
    text: /^0 agreements written, 1 were there/,
  });
  t.match(await agreements(t, country.asking, "list"), { text: /migrated-\w{16} {2}migrated/ });
  for (const bad of ["x", `${right} GET`, `${right} GET x`, `${right} GET /x y`]) {
    writeFileSync(file, `${right}\n${bad}\n`);
    await t.rejects(agreements(t, country.asking, "import", file), { code: "bad_request" }, bad);
  }
});

t.test("an agreement is printed with everything that was signed", async (t) => {
  const { text } = await agreements(t, country.answering, "print", "bank-new");
  t.match(text, /^AGREEMENT bank-new\nInstance DEV\n/);
  for (const part of [
    "ended",
    "1. request by the consumer",
    "2. approve by the provider",
    "an incident",
    "receipt",
  ])
    t.ok(text.includes(part), part);
  t.match(await agreements(t, country.asking, "show", "bank-new"), { text: /suspend +consumer/ });
});
