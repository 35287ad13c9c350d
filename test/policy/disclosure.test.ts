import t from "tap";
import { disclosureOf } from "../../src/policy/disclosure.ts";
import { purposeOf } from "../../src/policy/purpose.ts";
import { agreementOf, published } from "./grant.ts";

const { description } = published();
const endpoint = description.endpoints[0]!;
const purpose = purposeOf(description, "means-test")!;
const none = { agreement: null, purpose: null, withdrawnFields: [] };
const of = (grounds: Partial<Parameters<typeof disclosureOf>[3]>, status = "200") =>
  disclosureOf(description, endpoint, status, { ...none, ...grounds });
const plain = (kept: unknown) => JSON.parse(JSON.stringify(kept ?? null));

t.test("nothing is removed without a ground", async (t) => {
  t.same(of({}), { kept: "whole", removed: [] });
  t.same(of({ agreement: agreementOf() }), { kept: "whole", removed: [] });
});

t.test("a purpose leaves its elements and what they stand in", async (t) => {
  const { kept, removed } = of({ purpose });
  t.same(plain(kept), { address: { city: "plain", street: "plain" } });
  t.same(removed, ["/code", "/birth"]);
});

t.test("an agreement's fields leave what it names, with everything below", async (t) => {
  const { kept, removed } = of({ agreement: agreementOf({ fields: ["/address/city", "/code"] }) });
  t.same(plain(kept), { code: "plain", address: { city: "plain" } });
  t.same(removed, ["/birth", "/address/street"]);
});

t.test("only what both allow stays", async (t) => {
  const agreement = agreementOf({ fields: ["/address/city", "/code"] });
  t.same(of({ agreement, purpose }).removed, ["/code", "/birth", "/address/street"]);
});

t.test("what was withdrawn goes, whatever is granted", async (t) => {
  t.same(of({ withdrawnFields: ["/address"] }).removed, ["/address"]);
  t.same(plain(of({ purpose, withdrawnFields: ["/address/street"] }).kept), { address: { city: "plain" } });
  t.same(of({ withdrawnFields: ["/birth/year"] }).removed, ["/birth"], "of a field whose parts nobody knows");
});

t.test("of what goes with everything below it the highest is named", async (t) => {
  const agreement = agreementOf({ fields: ["/code"] });
  t.same(of({ agreement }).removed, ["/birth", "/address"]);
  const nothing = of({ agreement, purpose });
  t.equal(nothing.kept, undefined);
  t.same(nothing.removed, ["/code", "/birth", "/address"]);
});

t.test("answers that are no success are not cut; of those without a schema nothing stays", async (t) => {
  const { description } = published({
    endpoints: [
      {
        method: "GET",
        path: "/a",
        responses: { "404": { schema: { properties: { why: { type: "string" } } } } },
      },
    ],
  });
  const only = description.endpoints[0]!;
  const cut = (status: string, withdrawnFields: string[] = []) =>
    disclosureOf(description, only, status, {
      agreement: agreementOf({ fields: ["/x"] }),
      purpose,
      withdrawnFields,
    });
  t.equal(cut("404").kept, "whole");
  t.equal(cut("200").kept, undefined);
  t.equal(cut("500").kept, undefined);
  t.same(cut("404", ["/why"]).removed, ["/why"], "but for what was withdrawn");
});

t.test("a field that is mapped to no element is nobody's purpose", async (t) => {
  const schema = {
    type: "object",
    properties: { note: { type: "string" }, on: { "x-sealway-element": "person.residence.address" } },
  };
  const { description } = published({
    endpoints: [{ method: "GET", path: "/a", responses: { "200": { schema } } }],
  });
  const { removed } = disclosureOf(description, description.endpoints[0]!, "200", { ...none, purpose });
  t.same(removed, ["/note"]);
});

t.test("elements of arrays are told apart by what stands in them", async (t) => {
  const text = { type: "string" };
  const child = {
    type: "object",
    properties: {
      code: { ...text, "x-sealway-element": "person.identifier" },
      city: { ...text, "x-sealway-element": "person.residence.address.city" },
    },
  };
  const schema = {
    type: "object",
    properties: {
      children: { type: "array", items: child },
      codes: { type: "array", items: { ...text, "x-sealway-element": "person.identifier" } },
    },
  };
  const { description } = published({
    endpoints: [{ method: "GET", path: "/a", responses: { "200": { schema } } }],
  });
  const { kept, removed } = disclosureOf(description, description.endpoints[0]!, "200", { ...none, purpose });
  t.same(plain(kept), { children: { city: "plain" } });
  t.same(removed, ["/children/*/code", "/codes"]);
});

t.test("what recursion hides stays only where nothing has to go", async (t) => {
  const recursive = (element: string) => ({
    $ref: "#/$defs/Person",
    $defs: {
      Person: {
        type: "object",
        properties: {
          ...{ next: { $ref: "#/$defs/Person" }, city: { "x-sealway-element": element } },
        },
      },
    },
  });
  const at = (element: string) => {
    const schema = recursive(element);
    const { description } = published({
      endpoints: [{ method: "GET", path: "/a", responses: { "200": { schema } } }],
    });
    return disclosureOf(description, description.endpoints[0]!, "200", { ...none, purpose });
  };
  const within = at("person.residence.address.city");
  t.strictSame(within.removed, ["/next".repeat(15)], "unmapped where the recursion ends");
  t.equal(at("person.name").kept, undefined);
});
