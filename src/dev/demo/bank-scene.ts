import { subsystem } from "../country/members.ts";
import { service } from "../country/services.ts";
import type { RunningCountry } from "../country/start-country.ts";
import type { Cast } from "../registers/cast.ts";
import type { Account, PageAccount, Played } from "./event.ts";
import { permissionRequest } from "./permission-request.ts";
import { playScene } from "./play-scene.ts";
import { accountOfVisit, type PageVisit, PortalPerson } from "./portal-person.ts";
import type { Scene } from "./scenes.ts";

const purpose = "know-your-customer";
/** What the bank asks to see; the region and the personal code, which it has, it leaves out. */
const fields = [
  ...["/address/town", "/address/street", "/address/house", "/address/flat", "/address/postcode"],
  "/nextOfKin",
];
const refused = { kind: "signed", code: "permission_required" } as const;
const scenario = 3;

/**
 * The bank's story, with the person's pages in it: refused, asked, given, used, seen, withdrawn, refused, all of it seen.
 * @param first number of its first step
 * @throws Error when a page of the portal is not what the story needs to go on
 */
export async function* playBankStory(
  running: RunningCountry,
  cast: Cast,
  first: number,
): AsyncGenerator<Played> {
  const person = new PortalPerson(running, cast.parent);
  let number = first;
  const call = (scene: Scene): Promise<Account> => playScene(running, scene, number++);
  const see = async (title: string, did: PageVisit): Promise<PageAccount> =>
    accountOfVisit(running, title, { number: number++, scenario }, did);
  yield await call(use(cast, "A bank asks without the person's consent", refused));
  yield await call(request(cast));
  yield await see("The person reads on the portal what is asked, and consents", await person.give());
  yield await call(
    use(cast, "The bank gets what was consented to, and no more", { kind: "answer", status: 200 }),
  );
  yield await see("The person sees it on the portal", await person.look(["allowed", "refused"]));
  yield await see("The person withdraws the consent", await person.withdraw());
  yield await call(use(cast, "The very next call of the bank", refused));
  yield await see("The person sees all of it", await person.look(["refused", "allowed", "refused"]));
}

function use({ parent }: Cast, title: string, expected: Scene["expected"]): Scene {
  return {
    title,
    scenario,
    client: subsystem("onboarding"),
    service: service("population/next-of-kin"),
    method: "GET",
    path: `/${parent}`,
    purpose,
    decisionUse: "caseworker",
    expected,
    removed: ["/code", "/address/region"],
    says: ({ text }) => {
      const { address, nextOfKin } = JSON.parse(text);
      return `${address.street} ${address.house}, ${address.town}; ${nextOfKin.length} relatives, by name`;
    },
    notYetChecked: [],
  };
}

function request({ parent }: Cast): Scene {
  return permissionRequest({
    ...{ title: "The bank asks the person, through the register", scenario, person: parent },
    ...{ asker: subsystem("onboarding"), discloser: subsystem("population") },
    asked: { service: service("population/next-of-kin"), purpose, fields, days: 30 },
    limits: { uses: 3, keepDays: 90 },
  });
}
