import fc from "fast-check";
import t from "tap";
import { matchEndpoint, parseEndpointTemplate } from "../../src/core/endpoint-template.ts";
import { SealwayError } from "../../src/core/errors.ts";

const fits: [template: string, path: string, values: Record<string, string>][] = [
  ["/", "", {}],
  ["/", "/", {}],
  ["/persons", "/persons", {}],
  ["/persons/", "/persons/", {}],
  ["/persons/{code}", "/persons/38001010000", { code: "38001010000" }],
  ["/persons/{code}", "/persons/a%20b", { code: "a%20b" }],
  ["/persons/{code}", "/persons/x;v=1", { code: "x;v=1" }],
  ["/persons/{code}/income/{year}", "/persons/1/income/2026", { code: "1", year: "2026" }],
  ["/files/**", "/files/a%2Fb", {}],
  ["/files/**", "/files", {}],
  ["/files/**", "/files/a/b/", {}],
  ["/**", "", {}],
  ["/**", "/a%2Fb", {}],
  ["/%C3%A4", "/%C3%A4", {}],
];
for (const [template, path, values] of fits) {
  t.test(`${template} takes "${path}"`, async (t) => {
    t.strictSame(Object.fromEntries(matchEndpoint(parseEndpointTemplate(template), path) ?? []), values);
    t.ok(matchEndpoint(parseEndpointTemplate(template), path));
  });
}

const others: [template: string, path: string][] = [
  ["/", "/x"],
  ["/persons", ""],
  ["/persons", "/Persons"],
  ["/persons", "/persons/"],
  ["/persons/{code}", "/persons/"],
  ["/persons/{code}", "/persons"],
  ["/persons/{code}", "/persons/1/2"],
  ["/files/**", "/file"],
];
for (const [template, path] of others) {
  t.test(`${template} does not take "${path}"`, async (t) => {
    t.equal(matchEndpoint(parseEndpointTemplate(template), path), undefined);
  });
}

const ambiguous: [reason: string, template: string, path: string][] = [
  ["an encoded slash inside a parameter", "/persons/{code}", "/persons/a%2Fb"],
  ["an encoded slash that would make it fit", "/persons/{code}/income", "/persons/1%2fincome"],
  ["an encoded letter of a literal", "/persons/search", "/persons/%73earch"],
  ["an encoded letter in the first segment", "/persons/search", "/%70ersons/search"],
  ["a path parameter behind a literal", "/persons/search", "/persons/search;v=1"],
  ["a path parameter instead of a segment", "/persons/{code}", "/persons/;v=1"],
  ["bytes that are no UTF-8", "/persons/{code}", "/persons/%ff"],
  ["an escape in another case", "/%C3%A4", "/%c3%a4"],
];
for (const [reason, template, path] of ambiguous) {
  t.test(`refused: ${reason}`, async (t) => {
    t.throws(() => matchEndpoint(parseEndpointTemplate(template), path), { code: "ambiguous_path" });
  });
}

const noTemplates: [reason: string, text: string][] = [
  ["nothing", ""],
  ["no slash in front", "persons"],
  ["a rest that is not last", "/**/x"],
  ["a star", "/*"],
  ["a parameter within a segment", "/a{b}"],
  ["a parameter without name", "/{}"],
  ["a parameter twice", "/{a}/{a}"],
  ["a query", "/a?b"],
  ["a path parameter", "/a;b"],
  ["a lower-case escape", "/%c3%a4"],
  ["an escape that is no UTF-8", "/%FF"],
  ["a space", "/a b"],
];
for (const [reason, text] of noTemplates) {
  t.test(`no template: ${reason}`, async (t) => {
    t.throws(() => parseEndpointTemplate(text), { code: "bad_request" });
  });
}

t.test("a path fits as it is written and as a service decodes it, or neither way", async (t) => {
  const segment = fc.constantFrom("a", "b", "{x}", "%C3%A4");
  const template = fc.array(segment, { maxLength: 3 }).map((parts) => `/${parts.join("/")}`);
  const piece = fc.constantFrom("/", "a", "b", "%61", "%2F", ";", "%C3%A4", "%");
  const path = fc.array(piece, { maxLength: 5 }).map((pieces) => `/${pieces.join("")}`);
  const property = fc.property(template, path, (text, raw) => {
    try {
      const values = matchEndpoint(parseEndpointTemplate(text), raw);
      const plain = decodeURIComponent(raw.replace(/;[^/]*/g, ""));
      const pattern = text.replaceAll("%C3%A4", "ä").replaceAll("{x}", "[^/]+");
      return new RegExp(`^${pattern}$`).test(plain) === (values !== undefined);
    } catch (error) {
      return error instanceof SealwayError;
    }
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 3000 }));
});
