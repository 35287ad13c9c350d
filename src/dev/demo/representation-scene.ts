import { type ClientId, providerOf, type ServiceId, unsafeId } from "../../core/ids.ts";
import { parseExchange } from "../../message/exchange-document.ts";
import { personScheme } from "../country/citizens.ts";
import { serverOf } from "../country/country.ts";
import { subsystem } from "../country/members.ts";
import { service } from "../country/services.ts";
import type { RunningCountry } from "../country/start-country.ts";
import type { Cast } from "../registers/cast.ts";
import { type Country, findPerson } from "../registers/country.ts";
import type { Account, Played } from "./event.ts";
import { partyOf, playScene } from "./play-scene.ts";
import { accountOfVisit, newestExchange, PortalPerson } from "./portal-person.ts";
import type { Scene } from "./scenes.ts";
import { withLogOf } from "./server-log.ts";
import { jsonBody } from "./system-call.ts";

const scenario = 13;
const bank = subsystem("onboarding");

/** Somebody who acts for somebody else, and what the bank wants to know of that one. */
interface Case {
  readonly who: string;
  /** Of whoever acts. */
  readonly code: string;
  readonly represented: { readonly scheme: string; readonly value: string };
  /** As the portal has it. */
  readonly name: string;
  readonly asked: ServiceId;
  readonly purpose: string;
  readonly source: ServiceId;
  readonly says: NonNullable<Scene["says"]>;
}

function casesOf(cast: Cast, people: Country): readonly Case[] {
  const child = findPerson(people, cast.child)!;
  return [
    {
      who: "A mother, for her child",
      code: cast.parent,
      represented: { scheme: personScheme, value: cast.child },
      name: `${child.given} ${child.family}`,
      asked: service("population/next-of-kin"),
      purpose: "know-your-customer",
      source: service("population/powers"),
      says: ({ text }) => `${JSON.parse(text).nextOfKin.length} relatives, by name`,
    },
    {
      who: "A director, for the company",
      code: cast.director,
      represented: { scheme: "urn:dev:company-code", value: cast.published },
      name: people.companyByCode.get(cast.published)!.name,
      asked: service("business/companies"),
      purpose: "company-account",
      source: service("business/powers"),
      says: ({ text }) => JSON.parse(text).name,
    },
  ];
}

/**
 * A guardian consents for a child, a director gives a mandate for a company: the register fetches the power from its
 * authentic source at that moment, and everything says who acted for whom.
 * @param first number of its first step
 * @throws Error when a page of the portal is not what the story needs to go on
 */
export async function* playRepresentation(
  running: RunningCountry,
  cast: Cast,
  people: Country,
  first: number,
): AsyncGenerator<Played> {
  let number = first;
  for (const one of casesOf(cast, people)) {
    const person = new PortalPerson(running, one.code, providerOf(one.asked));
    yield await playScene(running, request(one), number++);
    await person.actFor(one.name);
    const given = await person.give();
    yield accountOfVisit(
      running,
      `${one.who}, gives what the bank asks for`,
      { number: number++, scenario },
      given,
    );
    yield await fetched(running, one, number++);
    yield await playScene(running, use(one), number++);
    if (one.source !== service("population/powers")) continue;
    const seen = await person.look(["allowed"]);
    yield accountOfVisit(running, `${one.who}, sees who asked`, { number: number++, scenario }, seen);
  }
}

function request({ asked, purpose, represented, who }: Case): Scene {
  const body = { service: asked, purpose, days: 30, limits: { uses: 1 }, person: represented };
  return {
    title: `${who}: the bank asks`,
    scenario,
    client: bank,
    service: unsafeId(`${providerOf(asked)}/sealway.permission`),
    method: "POST",
    path: "/requests",
    body: jsonBody(body),
    expected: { kind: "answer", status: 200 },
    says: ({ text }) => `waits for whoever may act, at ${JSON.parse(text).url}`,
    notYetChecked: [],
  };
}

function use({ asked, purpose, represented, says, who }: Case): Scene {
  return {
    title: `${who}: the bank gets it`,
    scenario,
    client: bank,
    service: asked,
    method: "GET",
    path: `/${represented.value}`,
    purpose,
    decisionUse: "caseworker",
    expected: { kind: "answer", status: 200 },
    says,
    notYetChecked: [],
  };
}

/** The exchange by which the provider's own gateway fetched the power, as its log has it. */
async function fetched(
  running: RunningCountry,
  { asked, source, who }: Case,
  number: number,
): Promise<Account> {
  const client: ClientId = providerOf(asked);
  const server = serverOf(running.country, client);
  return withLogOf(server, async (log) => {
    const exchangeId = await newestExchange(log, client, source);
    const { records } = await log.findExchange(exchangeId);
    const [sent, received] = records
      .filter(({ record }) => record.role === "consumer")
      .map(({ record }) => parseExchange(record.exchange));
    if (sent === undefined || received === undefined) throw new Error(`the log has not all of ${exchangeId}`);
    const roles = sent.subjects.map(({ role }) => role).join(" and ");
    return {
      event: "exchange",
      ...{ number, title: `${who}: the register asks who may act`, scenario, exchangeId },
      asks: partyOf(client, client, server),
      answers: partyOf(source, providerOf(source), serverOf(running.country, providerOf(source))),
      ...{ onBehalf: null, method: "GET", target: `/r1/${source}/…/…`, sentBytes: 0, receivedBytes: 0 },
      ...{ ending: { kind: "answer", status: 200 }, expected: "a signed answer" },
      says: `committed to: ${roles}`,
      asExpected: received.type === "response",
      ...{ purpose: sent.purpose?.id ?? null, removed: received.decision?.fieldsRemoved ?? [] },
      ...{ queryId: sent.queryId, milliseconds: Math.max(1, received.ts - sent.ts), memory: null },
      notYetChecked: [],
    };
  });
}
