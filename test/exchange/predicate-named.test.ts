import t from "tap";
import { parseServiceId } from "../../src/core/ids.ts";
import { checkProblem, recorded } from "./country/expectation.ts";
import { clients, type MorePlans, type PlannedService } from "./country/plan.ts";
import { type Ask, pathOf, SmallCountry } from "./country.ts";

/* Who asks for a full record and needs a yes or no only is told where to get it. */

const purposes = ["inspection", "payment"].map((id) => {
  return { id, title: { en: id }, elements: ["entitlement"] };
});

function plan(code: string, described: object): PlannedService {
  const id = parseServiceId(`${clients.population}/${code}`);
  return { id, contentKind: "json", target: "register", endpoints: [["GET", "/"]], described };
}

const full = plan("entitlements", { purposes });
const secret = plan("secrets", { purposes });
const predicate = plan("is-entitled", { predicateOf: full.id, purposes: purposes.slice(0, 1) });
const hidden = plan("is-secret", {
  ...{ predicateOf: secret.id, purposes: purposes.slice(0, 1) },
  visibility: "parties",
});
const more: MorePlans = { services: [full, secret, predicate, hidden], agreements: [] };
const country = await SmallCountry.start(t, { more });

const ask = (service: PlannedService, purpose?: string): Ask => ({
  ...{ method: "GET", path: pathOf(service, "/"), client: clients.inspection },
  ...(purpose && { headers: ["Sealway-Purpose", purpose] }),
});

/** What the reason says besides. */
const told = `; a yes or no does for this purpose: ${predicate.id}`;
const cases: readonly (readonly [what: string, ask: Ask, told: string])[] = [
  ["a purpose for which a yes or no does", ask(full, "inspection"), told],
  ["a purpose that needs the record", ask(full, "payment"), ""],
  ["no purpose", ask(full), ""],
  ["a yes or no that the caller may not know of", ask(secret, "inspection"), ""],
];

for (const [what, call, told] of cases) {
  t.test(`refused: ${what}`, async (t) => {
    const { result } = await checkProblem(t, country, () => country.ask(call), {
      ...{ code: "access_denied", rule: "agreement.exists" },
      ...{ ...recorded.refusedThere, calls: 0 },
    });
    const [, after] = String(result.json().message).split("Request is not allowed: ");
    t.match(after, new RegExp(`^[^;]*${told}$`));
  });
}
