import t from "tap";
import { CatalogueDesk, servicesFor } from "../../src/catalogue/catalogue-desk.ts";
import type { DescriptionDocument } from "../../src/catalogue/description-document.ts";
import { FormCheck } from "../../src/catalogue/form-check.ts";
import { listMethods } from "../../src/catalogue/listing.ts";
import { anonymous, type Viewer, versionsFor } from "../../src/catalogue/visibility.ts";
import { loadVocabulary } from "../../src/catalogue/vocabulary.ts";
import type { SealwayError } from "../../src/core/errors.ts";
import { type ClientId, type MemberId, type ServiceId, unsafeId } from "../../src/core/ids.ts";
import { residence } from "./residence.ts";
import { shownCatalogue } from "./viewed-catalogue.ts";

/*
 * Viewers × visibilities × listings: every listing shows a service to whom it is visible, and to everybody else it says
 * the same as if the service were not there.
 */

const provider = "DEV/GOV/10000001/population";
const services = ["all", "entitled", "parties"] as const;
const describe = (visibility: (typeof services)[number], element: string) => ({
  ...residence,
  ...{
    id: unsafeId<ServiceId>(`${provider}/seen-by-${visibility}`),
    visibility,
    entitled: ["DEV/GOV", "DEV/COM/7"],
  },
  source: { register: `r-${visibility}`, elements: [element], territory: "DEV" },
});
const descriptions = [
  describe("all", "person.residence"),
  describe("entitled", "person.birth"),
  describe("parties", "person.name"),
];
const elements = {
  all: "person.residence.address.city",
  entitled: "person.birth.date",
  parties: "person.name.full",
};

const client = (id: string, ...agreements: readonly string[]): Viewer => ({
  kind: "client",
  client: unsafeId<ClientId>(id),
  isParty: (service) => agreements.includes(service.slice(service.lastIndexOf("-") + 1)),
});

const members = (...ids: readonly string[]): Viewer => ({
  kind: "members",
  members: ids.map(unsafeId<MemberId>),
  isParty: () => false,
});

const viewers: readonly (readonly [name: string, viewer: Viewer, sees: readonly string[]])[] = [
  ["anybody", anonymous, ["all"]],
  ["a client of another class", client("DEV/COM/8/a"), ["all"]],
  ["a client whose member's code begins alike", client("DEV/COM/77/a"), ["all"]],
  ["a client of an entitled class", client("DEV/GOV/9/a"), ["all", "entitled"]],
  ["a client of an entitled member", client("DEV/COM/7/a"), ["all", "entitled"]],
  ["an entitled member itself", client("DEV/COM/7"), ["all", "entitled"]],
  ["a client with an agreement", client("DEV/COM/8/a", "parties"), ["all", "parties"]],
  ["a client with an agreement that is not entitled", client("DEV/COM/8/a", "entitled"), ["all", "entitled"]],
  ["people of no member", members(), ["all"]],
  ["people of members of which one is entitled", members("DEV/COM/8", "DEV/COM/7"), ["all", "entitled"]],
  ["people of the provider's own member", members("DEV/GOV/10000001"), ["all", "entitled", "parties"]],
  ["people of a member whose code begins alike", members("DEV/COM/1000000"), ["all"]],
  ["the provider's own member", client("DEV/GOV/10000001/other"), ["all", "entitled", "parties"]],
];

const desk = new CatalogueDesk();
type Listing = (viewer: Viewer, of: readonly DescriptionDocument[], code: string) => Promise<unknown>;

async function ask(viewer: Viewer, of: readonly DescriptionDocument[], path: string, query = "") {
  try {
    return (await desk.answer(shownCatalogue(of), viewer, { path, query })).value;
  } catch (error) {
    return { code: (error as SealwayError).code, detail: (error as SealwayError).detail };
  }
}

const listings: Readonly<Record<string, Listing>> = {
  listMethods: async (viewer, of) => listMethods(servicesFor(shownCatalogue(of).catalogue, viewer), "xroad"),
  list: (viewer, of) => ask(viewer, of, "/catalogue"),
  page: (viewer, of) => ask(viewer, of, "/catalogue", "?limit=1"),
  description: (viewer, of, code) => ask(viewer, of, `/catalogue/services/${provider}/seen-by-${code}`),
  openapi: (viewer, of, code) => ask(viewer, of, `/catalogue/openapi/${provider}/seen-by-${code}`),
  dcat: (viewer, of) => ask(viewer, of, "/catalogue/dcat"),
  search: (viewer, of) => ask(viewer, of, "/catalogue/search", "?q=seen&limit=1"),
  "search by a word of one": (viewer, of, code) => ask(viewer, of, "/catalogue/search", `?q=r+${code}`),
  call: async (viewer, of, code) =>
    versionsFor(shownCatalogue(of).catalogue, viewer, unsafeId(`${provider}/seen-by-${code}`)),
  "form check": async (viewer, of, code) => {
    const documents = servicesFor(shownCatalogue(of).catalogue, viewer).map(({ document }) => document);
    const question = { place: "/0", element: elements[code as keyof typeof elements] };
    return new FormCheck(documents, loadVocabulary(), "2026-11-22").check([question]);
  },
};

for (const [name, viewer, sees] of viewers) {
  t.test(`${name} sees ${sees.join(", ")}`, async (t) => {
    for (const [listing, answer] of Object.entries(listings)) {
      for (const code of services) {
        const without = descriptions.filter(({ visibility }) => visibility !== code);
        const [there, notThere] = [
          await answer(viewer, descriptions, code),
          await answer(viewer, without, code),
        ];
        if (sees.includes(code))
          t.not(JSON.stringify(there), JSON.stringify(notThere), `${listing}: ${code} is shown`);
        else t.same(there, notThere, `${listing}: ${code} is as if it were not there`);
      }
    }
  });
}
