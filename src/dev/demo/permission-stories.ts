import type { ClientId } from "../../core/ids.ts";
import { nameOf, subsystem } from "../country/members.ts";
import { service } from "../country/services.ts";
import type { RunningCountry } from "../country/start-country.ts";
import type { Cast } from "../registers/cast.ts";
import type { Played } from "./event.ts";
import { permissionRequest } from "./permission-request.ts";
import { playScene } from "./play-scene.ts";
import { accountOfVisit, PortalPerson } from "./portal-person.ts";
import { degreePath, saysDegree } from "./register-scenes.ts";
import type { Expectation, Scene } from "./scenes.ts";
import { jsonBody } from "./system-call.ts";

/** A use of data that needs a person's act: refused without it, asked for, given at the portal, used. */
interface PermissionStory {
  readonly scenario: number;
  readonly recipient: ClientId;
  readonly discloser: ClientId;
  /** How it ends as long as the person has not acted. */
  readonly refused: Expectation;
  readonly titles: { readonly [Step in "refused" | "asked" | "given" | "used"]: string };
  readonly days: number;
  readonly use: Omit<Scene, "title" | "scenario" | "notYetChecked"> & { readonly purpose: string };
}

const required = "permission_required";

/** A change of account goes out because the person asked for it; an employer sees a degree because the person agreed. */
export function permissionStories(cast: Cast): readonly PermissionStory[] {
  return [accountChange(cast), degreeByConsent(cast)];
}

/** @param first number of its first step @throws Error when a page of the portal is not what the story needs to go on */
export async function* playPermissionStory(
  running: RunningCountry,
  { parent }: Cast,
  story: PermissionStory,
  first: number,
): AsyncGenerator<Played> {
  const { discloser, days, recipient, refused, scenario, titles, use } = story;
  const person = new PortalPerson(running, parent, discloser, recipient);
  const scene = { ...use, scenario, notYetChecked: [] };
  const asked = { service: use.service, purpose: use.purpose, days };
  yield await playScene(running, { ...scene, title: titles.refused, expected: refused }, first);
  yield await playScene(
    running,
    permissionRequest({ title: titles.asked, scenario, asker: recipient, discloser, asked, person: parent }),
    first + 1,
  );
  const visit = await person.give();
  yield accountOfVisit(running, titles.given, { scenario, number: first + 2 }, visit);
  yield await playScene(running, { ...scene, title: titles.used }, first + 3);
}

/** A push: the sender discloses, holds the person's request, and its own gateway decides what may be in the message. */
function accountChange({ parent }: Cast): PermissionStory {
  const [discloser, recipient] = [subsystem("tax"), subsystem("benefits")];
  const body = {
    code: parent,
    account: "DV812245172060111742",
    since: "2026-12-01",
    request: "TR-2026-004711",
  };
  return {
    ...{ scenario: 4, discloser, recipient, days: 30, refused: { kind: "own", code: required } },
    titles: {
      refused: "A payment account that changed, pushed without the person's request",
      asked: `${nameOf(recipient)} asks the person, through the sender`,
      given: "The person reads on the portal what is sent where, and requests it",
      used: "A payment account that changed, pushed",
    },
    use: {
      ...{ client: discloser, service: service("benefits/account-changes"), purpose: "payment-on-request" },
      ...{ method: "POST", path: "/account-changes", body: jsonBody(body) },
      expected: { kind: "answer", status: 202 },
      says: ({ text }) => `taken, receipt ${JSON.parse(text).reference}`,
    },
  };
}

function degreeByConsent(cast: Cast): PermissionStory {
  const [discloser, recipient] = [subsystem("diplomas"), subsystem("onboarding")];
  return {
    ...{ scenario: 9, discloser, recipient, days: 7, refused: { kind: "signed", code: required } },
    titles: {
      refused: "An employer asks about a degree without the person's consent",
      asked: "The employer asks the person",
      given: "The person reads what the employer would learn, and consents",
      used: "The employer learns yes or no, and no more",
    },
    use: {
      ...{ client: recipient, service: service("diplomas/holds-degree"), purpose: "employment" },
      ...{ method: "GET", path: degreePath(cast), decisionUse: "caseworker", says: saysDegree },
      expected: { kind: "answer", status: 200 },
    },
  };
}
