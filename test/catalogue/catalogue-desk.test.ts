import t from "tap";
import { CatalogueDesk } from "../../src/catalogue/catalogue-desk.ts";
import { ordinaryStanding } from "../../src/catalogue/service-standing.ts";
import { anonymous } from "../../src/catalogue/visibility.ts";
import { residence } from "./residence.ts";
import { shownCatalogue } from "./viewed-catalogue.ts";

const desk = new CatalogueDesk();
const at = (code: string) => `DEV/GOV/10000001/population/${code}`;
const service = (code: string, changes: object = {}) => ({ ...residence, id: at(code), ...changes });
type Node = { readonly [name: string]: unknown };

function ask(path: string, query = "", shown = shownCatalogue([service("residence")])) {
  return desk.answer(shown, anonymous, { path, query });
}

t.test("the list is paged by id and tells where each service stands", async (t) => {
  const codes = ["c", "a", "b"];
  const shown = shownCatalogue(
    codes.map((code) => service(code)),
    (digests) =>
      new Map([
        [
          digests.get(at("b"))!,
          {
            ...ordinaryStanding,
            ...{ state: "deprecated", deprecation: { since: 0, sunset: Date.UTC(2030, 0, 1) } },
          },
        ],
      ]),
  );
  const first = (await ask("/catalogue", "?limit=2", shown)).value;
  t.match(first, { instance: "DEV", total: 3, next: at("b") });
  t.match(first.services, [
    { id: at("a"), version: "1.0.0", state: "published", visibility: "all", register: "population" },
    { id: at("b"), state: "deprecated", sunset: "2030-01-01T00:00:00.000Z" },
  ]);
  const second = (await ask("/catalogue", `?limit=2&after=${at("b")}`, shown)).value;
  t.match(second, { services: [{ id: at("c") }], next: null });
});

t.test("one service: as described, and as OpenAPI", async (t) => {
  const { value } = await ask(`/catalogue/services/${at("residence")}`);
  t.match(value, {
    id: at("residence"),
    versions: [{ version: "1.0.0" }],
    description: { domain: "population" },
  });
  const openApi = await ask(`/catalogue/openapi/${at("residence")}`);
  t.match(openApi, { contentType: /openapi/, value: { openapi: "3.1.1" } });
});

t.test("search", async (t) => {
  const { value } = await ask("/catalogue/search", "?q=residence");
  t.match(value, { services: [{ id: at("residence") }], total: 1, cursor: null });
});

t.test("bad questions", async (t) => {
  const bad: readonly (readonly [path: string, query: string, code: string])[] = [
    ["/catalogue/", "", "not_found"],
    ["/catalogue/nothing", "", "not_found"],
    [`/catalogue/services/${at("nothing")}`, "", "not_found"],
    ["/catalogue/services/../../etc/passwd", "", "not_found"],
    [`/catalogue/services/${at("resid%65nce")}`, "", "not_found"],
    ["/catalogue", "?limit=0", "bad_request"],
    ["/catalogue", "?limit=1001", "bad_request"],
    ["/catalogue", "?limit=1&limit=2", "bad_request"],
    ["/catalogue", "?offset=2", "bad_request"],
    ["/catalogue/search", "", "bad_request"],
  ];
  for (const [path, query, code] of bad) await t.rejects(ask(path, query), { code }, path + query);
});

t.test("DCAT-AP as JSON-LD", async (t) => {
  const lawfulBases = [
    {
      basis: "public-task",
      provision: "Population Register Act §4, http://data.europa.eu/eli/reg/2016/679/oj.",
    },
    { basis: "public-task", provision: "Another Act §1" },
  ];
  const shown = shownCatalogue([
    service("residence", { lawfulBases, title: { en: "Residence", et: "Elukoht" } }),
    service("document", {
      contentKind: "opaque",
      source: undefined,
      endpoints: [{ method: "*", path: "/**" }],
    }),
  ]);
  const { contentType, value } = await ask("/catalogue/dcat", "", shown);
  t.equal(contentType, "application/ld+json");
  const context = value["@context"] as Node;
  const nodes = allNodes(value);

  t.test("every term is mapped, and every mapping is to a vocabulary that is named", async (t) => {
    const terms = new Set(nodes.flatMap((node) => Object.keys(node)).filter((term) => !term.startsWith("@")));
    for (const term of terms) t.match(expand(context, term), /^https?:\/\/[^ ]+[#/][A-Za-z]+$/, term);
    for (const type of nodes.flatMap((node) => node["@type"] ?? []))
      t.match(expand(context, String(type)), /^https?:/, String(type));
  });

  t.test("what DCAT-AP 3 demands is there", async (t) => {
    const demanded: Readonly<Record<string, readonly string[]>> = {
      "dcat:Catalog": ["title", "description", "publisher", "service", "dataset"],
      "dcat:DataService": [
        "title",
        "endpointURL",
        "publisher",
        "contactPoint",
        "theme",
        "applicableLegislation",
      ],
      "dcat:Dataset": ["title", "description", "publisher"],
      "foaf:Agent": ["name"],
      "vcard:Kind": ["fn"],
      "eli:LegalResource": ["title"],
    };
    for (const node of nodes) {
      const type = String(node["@type"]);
      t.ok(Object.hasOwn(demanded, type), type);
      for (const term of demanded[type] ?? []) t.ok(Object.hasOwn(node, term), `${type} has ${term}`);
    }
  });

  const found = (value.service as Node[]).find(({ identifier }) => identifier === at("residence")) as Node;
  t.same(found.title, { en: "Residence", et: "Elukoht" }, "titles by language");
  t.equal((context.title as Node)["@container"], "@language");
  t.equal(found.availability, "http://publications.europa.eu/resource/authority/planned-availability/STABLE");
  t.same(found.theme, [
    "http://publications.europa.eu/resource/authority/data-theme/GOVE",
    "http://publications.europa.eu/resource/authority/data-theme/SOCI",
  ]);
  t.equal(found.endpointURL, `/r1/${at("residence")}`);
  t.match(found.applicableLegislation, [
    { "@id": "http://data.europa.eu/eli/reg/2016/679/oj", "@type": "eli:LegalResource" },
    { "@id": undefined, title: { en: "Another Act §1" } },
  ]);
  t.match(found.contactPoint, [
    { hasEmail: "mailto:steward@example.org" },
    { hasTelephone: "tel:+37255555555" },
  ]);
  t.equal((value.dataset as Node[]).length, 1, "a service without register serves no dataset");
  t.equal(found.servesDataset, (value.dataset as Node[])[0]?.["@id"]);
});

/** All objects of the document but the context and texts by language. */
function allNodes(value: unknown): Node[] {
  if (Array.isArray(value)) return value.flatMap(allNodes);
  if (typeof value !== "object" || value === null) return [];
  const { "@context": _, ...node } = value as Node;
  return "@type" in node ? [node, ...Object.values(node).flatMap(allNodes)] : [];
}

/** A term or compact IRI as JSON-LD expands it. */
function expand(context: Node, term: string): string {
  const mapped = context[term];
  const id =
    mapped === undefined ? term : typeof mapped === "string" ? mapped : String((mapped as Node)["@id"]);
  const [prefix, name] = id.split(":") as [string, string];
  const base = context[prefix];
  return typeof base === "string" && !name.startsWith("//") ? base + name : id;
}
