import { orderRestriction, type RestrictionDone } from "../../assembly/restriction-orders.ts";
import type { Clock } from "../../core/clock.ts";
import { serverOf } from "../country/country.ts";
import { subsystem } from "../country/members.ts";
import { service } from "../country/services.ts";
import type { RunningCountry } from "../country/start-country.ts";
import type { Cast } from "../registers/cast.ts";
import type { ActAccount, Played } from "./event.ts";
import { partyOf, playScene } from "./play-scene.ts";
import { accountOfVisit, PortalPerson } from "./portal-person.ts";
import type { Scene } from "./scenes.ts";
import { sealNow } from "./seal-now.ts";

const scenario = 14;
const [police, register] = [subsystem("investigation"), subsystem("population")] as const;
const use = { consumer: police, service: service("population/persons"), purpose: "criminal-investigation" };
const reviewedWithin = 30 * 24 * 60 * 60 * 1000;

/**
 * A query of the police under a restriction: the person does not see it, and sees it once the restriction is lifted, with
 * a time-stamp from before that.
 * @param first number of its first step
 * @throws Error when the police's server does not take an order
 */
export async function* playRestriction(
  running: RunningCountry,
  cast: Cast,
  clock: Clock,
  first: number,
): AsyncGenerator<Played> {
  const { country } = running;
  const [own, other] = [serverOf(country, police), serverOf(country, register)];
  const person = new PortalPerson(running, cast.parent, register, police);
  const see = async (number: number, title: string, results: readonly string[]) =>
    accountOfVisit(running, title, { scenario, number }, await person.look(results));
  const by = partyOf(police, police, own);
  const ordered = await orderRestriction(own, {
    ...{ order: "restriction order", provision: "Criminal Procedure Act §110", reference: "case 1-17/2026" },
    ...{
      ground: "investigation",
      reviewBy: clock.now() + reviewedWithin,
      until: null,
      exchanges: [],
      ...use,
    },
  });
  yield told(by, first, "The police order a restriction of what they ask the register", ordered, "ordered");
  yield await playScene(running, query(cast), first + 1);
  yield await see(first + 2, "The person sees nothing of it", []);
  const sealed = await sealNow(running, own === other ? [own] : [own, other]);
  const lifted = await orderRestriction(own, { order: "restriction lift", id: ordered.id });
  const title = "The restriction is lifted, after both logs were time-stamped";
  yield told(by, first + 3, title, lifted, "lifted", `time-stamped before: ${sealed.join(", ")}`);
  yield await see(first + 4, "The person sees the query, and its evidence is older than the lifting", [
    "allowed",
  ]);
}

function query({ parent }: Cast): Scene {
  return {
    title: "The police ask about the person",
    scenario,
    client: police,
    service: use.service,
    method: "GET",
    path: `/persons/${parent}`,
    purpose: use.purpose,
    decisionUse: "caseworker",
    expected: { kind: "answer", status: 200 },
    says: ({ text }) => `${JSON.parse(text).address.town}; not even the officers of both servers find it`,
    notYetChecked: [],
  };
}

function told(
  by: ActAccount["by"],
  number: number,
  title: string,
  { state, revision, deliveries }: RestrictionDone,
  wanted: string,
  ...more: readonly string[]
): ActAccount {
  const failures = deliveries.flatMap(({ failure }) => failure ?? []);
  const reached = `signed by its seal, taken by ${deliveries.map(({ server }) => server).join(", ")}`;
  return {
    ...{ event: "act", number, title, scenario, by, exchangeId: null, did: [...more, reached, ...failures] },
    says: `${state}, revision ${revision}`,
    asExpected: state === wanted && failures.length === 0,
  };
}
