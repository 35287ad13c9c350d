import { readFileSync, writeFileSync } from "node:fs";
import t from "tap";
import { hostingAlarms } from "../../src/assembly/hosting-alarms.ts";
import { sha256 } from "../../src/core/bytes.ts";
import type { ClientId, MemberId } from "../../src/core/ids.ts";
import { memberOf } from "../../src/core/ids.ts";
import { badge, bank, benefitsAgency, clients, populationRegister, services } from "./country/plan.ts";
import type { CountryServer } from "./country/server.ts";
import { type Ask, pathOf, SmallCountry } from "./country.ts";

/*
 * Several members on one server. The bank is hosted by the benefits agency's server and is the attacker here: it has its
 * own subsystem, token and seal there, and gets at nothing of its host's; nor can it, or a slow register of one member,
 * take the server from the others.
 */

const banksToken = "the-token-of-the-bank";
const digest = (token: string) => [sha256(token).toString("hex")];
const grant = (consumer: ClientId, service: { readonly id: string }, id: string) => ({
  ...{ id, consumer, service: service.id as never },
});
const country = await SmallCountry.start(t, {
  asking: {
    errors: { statuses: "plain" },
    limits: { consumerExchanges: 8 },
    clients: [
      { id: clients.benefits, authentication: "token", tokenDigests: digest(badge) },
      { id: clients.inspection, authentication: "token", tokenDigests: digest(badge) },
      { id: clients.onboarding, authentication: "token", tokenDigests: digest(banksToken) },
    ],
  },
  answering: { limits: { providerExchanges: 8 } },
  more: {
    services: [],
    agreements: [
      grant(clients.onboarding, services.open, "bank-open"),
      grant(clients.onboarding, services.companies, "bank-companies"),
    ],
  },
});
const { asking, answering, register } = country;

/** A call of somebody who shows a token, as whomever it says. */
const as = (client: ClientId, token: string, ask: Omit<Ask, "client">) =>
  country.ask({
    ...ask,
    client,
    headers: [...(ask.headers ?? []), "Proxy-Authorization", `Bearer ${token}`],
  });
const asBank = (path: string) => as(clients.onboarding, banksToken, { path });
const asBenefits = (path: string) => as(clients.benefits, badge, { path });

/** Gives a member a share of a server, which is started anew. */
async function giveShare(server: CountryServer, member: MemberId, exchanges: number): Promise<void> {
  await server.stop();
  const configuration = JSON.parse(readFileSync(server.configurationFile, "utf8"));
  for (const one of configuration.members) if (one.id === member) one.exchanges = exchanges;
  writeFileSync(server.configurationFile, JSON.stringify(configuration));
  await server.start();
}

/** Makes the register wait. @returns how many have come, and what lets them go */
function holdRegister(isHeld: (target: string) => boolean) {
  const { promise, resolve: release } = Promise.withResolvers<void>();
  let count = 0;
  let noticed = () => {};
  register.answer(async ({ target }) => {
    if (isHeld(target)) {
      count++;
      noticed();
      await promise;
    }
    return { body: "at last" };
  });
  const begun = async (wanted: number) => {
    while (count < wanted) await new Promise<void>((resolve) => (noticed = resolve));
  };
  return { release, begun };
}

t.test("a hosted member speaks for nobody else at its server", async (t) => {
  const path = pathOf(services.open, "/a");
  const seen = await country.watch(() => as(clients.benefits, banksToken, { path }));
  t.same([seen.result.status, seen.result.json().code], [403, "client_authentication_failed"]);
  t.same([seen.asking.length, seen.calls], [0, 0]);
  t.equal((await as(clients.unlisted, banksToken, { path })).json().code, "client_not_served");
  t.equal((await as(clients.population, banksToken, { path })).json().code, "client_not_served");
  t.equal((await asBank(path)).status, 200, "for itself it does");
});

t.test("each member's messages carry its own seal, and its records are under its own keys", async (t) => {
  const seen = await country.watch(() => asBank(pathOf(services.open, "/a")));
  const [sent] = seen.asking;
  t.equal(sent!.record.member, bank);
  t.equal(sent!.record.certificate.sha256, asking.parts.seals.get(bank)!.certificate.fingerprint);
  const { asking: agencys } = await country.watch(() => asBenefits(pathOf(services.open, "/a")));
  t.equal(
    agencys[0]!.record.certificate.sha256,
    asking.parts.seals.get(benefitsAgency)!.certificate.fingerprint,
  );
  t.notSame(agencys[0]!.record.head.keyId, sent!.record.head.keyId);
});

t.test("proof of another member's exchange is not there for it", async (t) => {
  const theirs = (await asBenefits(pathOf(services.open, "/a"))).header("Sealway-Exchange-Id");
  const own = (await asBank(pathOf(services.open, "/a"))).header("Sealway-Exchange-Id");
  await Promise.all([asking.gateway.sealNow(), answering.gateway.sealNow()]);
  const refused = await asBank(`/evidence/${theirs}`);
  const nothing = await asBank("/evidence/019a0000-0000-7000-8000-000000000000");
  const words = ({ status, body }: typeof refused) => [status, body.toString()];
  t.same(words(refused), words(nothing), "as if there were none");
  t.equal(refused.status, 404);
  t.equal((await asBank(`/evidence/${own}`)).status, 200);
});

t.test("nor are another member's figures", async (t) => {
  await asBenefits(pathOf(services.open, "/a"));
  await asBank(pathOf(services.open, "/a"));
  const from = `recordsFrom=${Math.floor(country.clock.now() / 1000) - 60}`;
  // Rows are told when those of before can come no more.
  country.clock.ahead += 60_000;
  const asked = `client=${encodeURIComponent(clients.benefits)}`;
  for (const rest of [
    `operational-data?${from}`,
    `operational-data?${from}&${asked}`,
    "health",
    `health?${asked}`,
  ]) {
    const { status, body } = await asBank(`/monitoring/v1/${rest}`);
    t.equal(status, 200, rest);
    t.notOk(body.toString().includes("benefits"), `${rest} says nothing of the host's`);
  }
  const own = await asBank(`/monitoring/v1/operational-data?${from}`);
  t.ok(own.body.toString().includes("onboarding"), "its own it sees");
});

t.test("members that only an address tells apart are an alarm", async (t) => {
  const sourceAddresses = new Set(["192.0.2.7"]);
  const client = (id: ClientId, authentication: "http" | "https" | "token") => ({
    ...{ id, authentication, sourceAddresses },
  });
  const codes = (one: "http" | "https" | "token", other: "http" | "https" | "token") =>
    hostingAlarms([client(clients.benefits, one), client(clients.onboarding, other)], "production").map(
      ({ code }) => code,
    );
  t.same(codes("http", "http"), ["clients_not_kept_apart"]);
  t.same(codes("https", "https"), ["clients_not_kept_apart"]);
  t.same([codes("http", "https"), codes("token", "http"), codes("token", "token")].flat(), []);
  const sameMember = [client(clients.benefits, "http"), client(clients.inspection, "http")];
  t.same(hostingAlarms(sameMember, "production"), []);
});

t.test(
  "a member's flood leaves room for the others, whichever of its subsystems it comes from",
  async (t) => {
    await giveShare(asking, benefitsAgency, 2);
    const { release, begun } = holdRegister(() => true);
    const path = pathOf(services.open, "/a");
    const running = [asBenefits(path), as(clients.inspection, badge, { path })];
    await begun(2);
    for (const client of [clients.benefits, clients.inspection]) {
      const { status, ...answer } = await as(client, badge, { path });
      t.same([status, answer.header("retry-after")], [503, "1"]);
      t.match(answer.json(), { code: "overloaded", message: new RegExp(memberOf(client)) });
    }
    const others = asBank(path);
    await begun(3);
    release();
    for (const { status } of await Promise.all([...running, others])) t.equal(status, 200);
    t.equal((await asBenefits(path)).status, 200, "there is room again");
  },
);

t.test("a slow register of one member leaves room for the calls of another's", async (t) => {
  await giveShare(answering, populationRegister, 1);
  const { release, begun } = holdRegister((target) => target.includes("/slow"));
  const running = asBank(pathOf(services.open, "/slow"));
  await begun(1);
  const refused = await country.watch(() => asBenefits(pathOf(services.open, "/quick")));
  t.same([refused.result.status, refused.result.json().code, refused.calls], [502, "peer_rejected", 0]);
  t.match(refused.result.json().message, `503 overloaded: 1 exchanges of ${populationRegister}`);
  t.equal((await asBenefits(pathOf(services.companies, "/quick"))).status, 200, "the other member's goes on");
  release();
  t.equal((await running).status, 200);
  t.equal((await asBenefits(pathOf(services.open, "/quick"))).status, 200, "there is room again");
});
