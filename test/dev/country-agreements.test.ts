import t from "tap";
import { Catalogue } from "../../src/catalogue/catalogue.ts";
import { sha256, toBase64Url } from "../../src/core/bytes.ts";
import { agreementDocument, agreements } from "../../src/dev/country/agreements.ts";
import { subsystem } from "../../src/dev/country/members.ts";
import { service, services } from "../../src/dev/country/services.ts";
import { parseAgreement } from "../../src/policy/agreement.ts";
import { checkAgreement } from "../../src/policy/check-agreement.ts";

const catalogue = new Catalogue(
  services.map(({ id, description }) => {
    const bytes = Buffer.from(JSON.stringify(description));
    return { path: `services/${id}.json`, sha256: toBase64Url(sha256(bytes)), bytes };
  }),
);
const parse = (document: object) => parseAgreement(Buffer.from(JSON.stringify(document)));
const findingsOf = (document: object) => {
  const agreement = parse(document);
  return checkAgreement(agreement, catalogue.service(agreement.service)!, catalogue);
};

t.test("each agreement of the country can be kept", async (t) => {
  for (const agreement of agreements) {
    t.strictSame(findingsOf(agreementDocument(agreement, 0)), [], agreement.id);
  }
});

t.test("the inspection's purpose gives it no full record without a reason", async (t) => {
  const terms = {
    ...agreements.find(({ id }) => id === "inspection-entitled")!,
    service: service("benefits/entitlements"),
    endpoints: [{ method: "GET", path: "/{code}" }],
  };
  t.equal(terms.consumer, subsystem("inspection"));
  const predicate = service("benefits/is-entitled-today");
  t.match(findingsOf(agreementDocument(terms, 0)), [{ code: "predicate.suffices", detail: predicate }]);
  const more = { reason: "The inspection recovers what was paid too much." };
  t.strictSame(findingsOf(agreementDocument({ ...terms, more }, 0)), []);
});
