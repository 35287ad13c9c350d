import t from "tap";
import type { DescriptionDocument } from "../../src/catalogue/description-document.ts";
import { sha256Base64Url } from "../../src/core/bytes.ts";
import type { StoredRecord } from "../../src/messagelog/message-store.ts";
import type { SearchRow } from "../../src/messagelog/search/search-row.ts";
import { shortTag } from "../../src/messagelog/search/search-row.ts";
import { readUse, type UseSources } from "../../src/tracker/read-use.ts";

const tag = Buffer.alloc(32, 1).toString("base64url");
const other = Buffer.alloc(32, 2).toString("base64url");
const service = "DEV/GOV/1/register/persons";
const act = { basis: "public-task", provision: "Benefits Act, § 4" } as const;
const audit = { basis: "legal-obligation", provision: `Audit Act, ${"section ".repeat(40)}` } as const;

const description = {
  ...{ v: 1, id: service, version: "1.0.0", title: { en: "Persons" }, contentKind: "json", timeoutMs: 1000 },
  lawfulBases: [act],
  purposes: [{ id: "benefit", title: { en: "Benefit" }, elements: ["person"] }],
  endpoints: [{ method: "GET", path: "/{code}" }],
} as unknown as DescriptionDocument;

const income = { type: "integer", title: "Income", "x-sealway-element": "income" };
const message = {
  ...{ ...description, pattern: "message" },
  endpoints: [
    { method: "GET", path: "/{code}", request: { schema: { type: "object", properties: { income } } } },
  ],
} as unknown as DescriptionDocument;

const request = {
  ...{
    endpoint: { method: "GET", template: "/{code}" },
    subjectCount: 1,
    subjects: [{ role: "asked-about" }],
  },
  ...{ purpose: { id: "benefit", revision: 2 }, purposeSource: "defaulted", decisionUse: "automated" },
};

function recordOf(account: object | undefined, roles: readonly (readonly [role: string, tag: string])[]) {
  const tags = JSON.stringify(roles.map(([role, tag]) => ({ key: "k", role, scheme: "s", tag })));
  const exchange = Buffer.from(account === undefined ? "damaged" : JSON.stringify(account));
  return { exchange, tags: Buffer.from(tags) } as unknown as StoredRecord;
}

const row = {
  ...{ time: 1, exchangeId: "x", outcome: "answered", code: null, consumer: "DEV/GOV/2/a", service },
} as unknown as SearchRow;

const usual: UseSources = {
  ...{ row, description, tags: new Set([shortTag(tag)]), unit: "told", tried: undefined },
  request: recordOf(request, [["asked-about", tag]]),
  answer: recordOf({ subjectCount: 0, subjects: [] }, []),
};
const withRequest = (changes: object, roles = [["asked-about", tag]] as const): Partial<UseSources> => ({
  request: recordOf({ ...request, ...changes }, roles as never),
});

t.test("one use, and what each thing that differs makes of it", async (t) => {
  const plain = {
    ...{ pattern: "request", told: null, removed: [], roles: ["asked-about"], subjectCount: 1 },
    ...{
      lawfulBasis: act,
      purpose: { id: "benefit", revision: 2, title: { en: "Benefit" }, source: "defaulted" },
    },
    ...{ decisionUse: "automated", byPermission: false, emergency: false, checked: false },
  };
  t.match(readUse(usual), plain);
  const people = (count: number, ...more: object[]) => ({
    subjectCount: count,
    subjects: [...Array.from({ length: count - more.length }, () => ({ role: "asked-about" })), ...more],
  });
  const found = (count: number) => recordOf({ subjectCount: count, subjects: [] }, [["in-answer", tag]]);
  const cases: readonly (readonly [name: string, changes: Partial<UseSources>, told: object])[] = [
    ["emergency", withRequest({ emergency: { reason: { c: "x", scheme: "y" } } }), { emergency: true }],
    ["a permission", withRequest({ permission: { c: "x", scheme: "y" } }), { byPermission: true }],
    ["stated", withRequest({ purposeSource: "stated" }), { purpose: { source: "stated" } }],
    ["no purpose", withRequest({ purpose: null }), { purpose: null, lawfulBasis: act }],
    ["one of seven", withRequest(people(7)), { subjectCount: 7 }],
    ["who acts does not count", withRequest(people(2, { role: "representative" })), { subjectCount: 1 }],
    [
      "acts for somebody",
      withRequest(people(2, { role: "representative" }), [["representative", tag]] as never),
      { roles: ["representative"], subjectCount: 1 },
    ],
    [
      "found among forty",
      { ...withRequest({}, [["asked-about", other]] as never), answer: found(40) },
      { roles: ["in-answer"], subjectCount: 40 },
    ],
    ["asked about and found", { answer: found(3) }, { roles: ["asked-about", "in-answer"], subjectCount: 3 }],
    [
      "a law as recorded",
      withRequest({ lawfulBasis: { ...act, provision: "Benefits%20Act,%20%C2%A7%204" } }),
      { lawfulBasis: act },
    ],
    [
      "a law that nobody describes",
      withRequest({ lawfulBasis: { ...act, provision: "Old%20Act" } }),
      { lawfulBasis: { provision: "Old Act" } },
    ],
    [
      "a long law, of which the record has the digest",
      {
        ...withRequest({
          lawfulBasis: { ...audit, provision: `sha-256:${sha256Base64Url(audit.provision)}` },
        }),
        description: { ...description, lawfulBases: [act, audit] },
      },
      { lawfulBasis: audit },
    ],
    [
      "of two laws none is known",
      { description: { ...description, lawfulBases: [act, audit] } },
      { lawfulBasis: null },
    ],
    [
      "a message tells",
      { description: message },
      { pattern: "message", told: [{ element: "income", title: "Income" }] },
    ],
    [
      "refused",
      { row: { ...row, outcome: "refused", code: "access_denied" } },
      { told: [], code: "access_denied" },
    ],
    [
      "a description that is gone",
      { description: undefined },
      { service: { title: { en: "persons" } }, purpose: { title: { en: "benefit" } }, lawfulBasis: null },
    ],
    [
      "records that are gone",
      { request: undefined, answer: undefined },
      { roles: [], subjectCount: 1, purpose: null },
    ],
    ["records that are damaged", { request: recordOf(undefined, []) }, { roles: [], purpose: null }],
    [
      "a dry run",
      { tried: { id: "DEV/GOV/1/register/tried", title: undefined } },
      { service: { title: { en: "tried" } } },
    ],
  ];
  for (const [name, changes, told] of cases) t.match(readUse({ ...usual, ...changes }), { ...told }, name);
});
