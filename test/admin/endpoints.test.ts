import t from "tap";
import document from "../../schemas/admin/openapi.json" with { type: "json" };
import { apiRoot } from "../../src/admin/api/api-server.ts";
import { routes } from "../../src/admin/api/route-table.ts";
import { roles } from "../../src/admin/roles.ts";
import { AdminScene, type TestUser } from "./admin-scene.ts";

const everybody = roles.join(" ");

/** Who may ask what, of the server and its owner: said here again, apart from the table that decides. */
// biome-ignore format: a table is read by its columns
const expected: Readonly<Record<string, string>> = {
  "GET /me":                                   everybody,
  "GET /session":                              everybody,
  "DELETE /session":                           everybody,
  "GET /me/keys":                             everybody,
  "POST /me/keys":                             everybody,
  "POST /me/keys/:key/rotation":               everybody,
  "DELETE /me/keys/:key":                      everybody,
  "GET /members":                              everybody,
  "GET /services":                             everybody,
  "GET /agreements":                           everybody,
  "GET /users":                                "administrator security-officer",
  "POST /users":                               "administrator",
  "GET /users/:user":                          "administrator security-officer",
  "PATCH /users/:user":                        "administrator",
  "POST /users/:user/roles":                   "administrator",
  "DELETE /users/:user/roles/:assignment":     "administrator",
  "POST /users/:user/keys":                    "administrator",
  "POST /users/:user/keys/:key/rotation":      "administrator",
  "DELETE /users/:user/keys/:key":             "administrator",
  "GET /mandates":                             "approver auditor data-protection-officer",
  "GET /auditors":                            "data-protection-officer",
  "POST /mandates":                            "data-protection-officer",
  "POST /mandates/:mandate/confirmation":      "approver data-protection-officer",
  "DELETE /mandates/:mandate":                 "approver data-protection-officer",
  "GET /exchanges":                            "auditor data-protection-officer observer",
  "POST /exchanges/search":                    "auditor data-protection-officer",
  "POST /exchanges/export":                    "auditor data-protection-officer",
  "GET /exchanges/:exchange":                  "auditor data-protection-officer observer",
  "POST /exchanges/:exchange/verification":    "auditor data-protection-officer",
  "POST /exchanges/:exchange/evidence":        "auditor data-protection-officer",
  "POST /exchanges/:exchange/openings":        "auditor data-protection-officer",
  "POST /exchanges/:exchange/other-side":      "auditor data-protection-officer",
  "GET /permissions":                          "approver auditor data-protection-officer observer",
  "POST /permissions":                         "approver",
  "POST /permissions/search":                  "auditor data-protection-officer",
  "GET /permissions/:permission":              "approver auditor data-protection-officer observer",
  "GET /permissions/:permission/record":       "approver auditor data-protection-officer observer",
  "POST /permissions/:permission/end":         "approver data-protection-officer",
  "POST /permissions/:permission/erasure":     "data-protection-officer",
  "GET /feedback":                            "approver auditor data-protection-officer observer",
  "POST /feedback":                           "approver data-protection-officer",
  "POST /feedback/:case/reading":             "auditor data-protection-officer",
  "POST /feedback/:case/answer":              "data-protection-officer",
  "GET /corrections":                         "approver auditor data-protection-officer observer",
  "POST /corrections":                        "data-protection-officer",
  "POST /corrections/:case/reading":          "auditor data-protection-officer",
  "POST /corrections/:case/answer":           "data-protection-officer",
  "GET /inquiries":                           "approver auditor data-protection-officer observer",
  "POST /inquiries/:case/reading":            "auditor data-protection-officer",
  "POST /inquiries/:case/answer":             "data-protection-officer",
  "POST /inquiries/:case/close":              "data-protection-officer",
  "GET /holds":                               "approver auditor data-protection-officer",
  "POST /holds":                              "data-protection-officer",
  "POST /holds/:hold/lift":                   "data-protection-officer",
  "GET /proposals":                           "approver auditor data-protection-officer",
  "POST /proposals/:proposal/confirmation":   "approver data-protection-officer",
  "DELETE /proposals/:proposal":              "approver data-protection-officer",
  "GET /restrictions":                        "approver auditor",
  "POST /restrictions":                       "approver",
  "POST /restrictions/:restriction/review":   "approver",
  "POST /restrictions/:restriction/lift":     "approver",
  "GET /registration-requests":               "registration-officer",
  "GET /registration-requests/:request":      "registration-officer",
  "POST /registration-requests":              "registration-officer",
  "POST /registration-requests/:request/signature": "registration-officer",
  "POST /registration-requests/:request/withdrawal": "registration-officer",
  "POST /registration-queue":                 "registration-officer",
  "POST /registration-requests/:request/decision": "registration-officer",
  "GET /audit":                                "security-officer auditor data-protection-officer",
  "GET /health":                               "administrator security-officer observer",
  "GET /keys":                                 "security-officer administrator observer",
  "POST /keys":                                "security-officer",
  "POST /key-choices":                         "security-officer",
  "GET /key-requests":                         "security-officer",
  "POST /key-requests":                        "security-officer",
  "POST /key-certificates":                    "security-officer",
  "POST /key-enrolments":                      "security-officer",
  "POST /key-registrations":                   "security-officer",
  "POST /key-compromises":                     "security-officer",
  "GET /traffic":                              "administrator security-officer observer",
  "GET /configuration":                        "administrator security-officer",
  "POST /services":                            "service-developer",
  "POST /service-imports":                     "service-developer",
  "POST /service-observations":                "service-developer approver",
  "GET /service-observation":                  "service-developer approver",
  "POST /service-observations/confirmation":   "service-developer approver",
  "POST /service-acts":                        "service-developer",
  "POST /agreement-acts":                      "approver",
  "GET /catalogue":                            everybody,
  "GET /catalogue/search":                     everybody,
  "GET /catalogue/service":                    everybody,
  "GET /catalogue/openapi":                    everybody,
  "GET /catalogue/types":                      everybody,
  "GET /catalogue/changes":                    everybody,
  "GET /clients":                              everybody,
  "POST /catalogue/decisions":                 "service-developer approver",
  "POST /catalogue/form-checks":               "service-developer approver",
  "GET /agreement":                            everybody,
  "GET /agreement-questionnaire":              everybody,
  "POST /agreement-requests":                  "approver",
  "POST /agreement-changes":                   "approver",
  "GET /agreement-use":                        "approver auditor data-protection-officer observer",
};

const nothing = "0190163d-8694-739b-aea5-966c26f8ad91";
const addressOf = (path: string) => path.replace(/:[a-z]+/g, nothing);

const scene = await AdminScene.start(t, { registration: "taken" });
const people = new Map<string, TestUser>();
for (const role of roles) people.set(role, await scene.user(role));

t.test("the table of what is expected names every endpoint, and no other", async (t) => {
  const names = routes.map(({ method, path }) => `${method} ${path}`);
  t.strictSame(names.toSorted(), Object.keys(expected).toSorted());
  t.equal(apiRoot, "/api/v1");
});

t.test("the OpenAPI document is anybody's, and that of the repository", async (t) => {
  const { status, body } = await scene.ask(`${apiRoot}/openapi.json`);
  t.equal(status, 200);
  t.strictSame(body, document);
});

for (const [name, allowed] of Object.entries(expected)) {
  const [method, path] = name.split(" ") as [string, string];
  t.test(name, async (t) => {
    const ask = (key?: string) =>
      scene.call(addressOf(path), { method, key, ...(method === "GET" ? {} : { body: {} }) });
    const nobody = await ask();
    t.equal(nobody.status, 401, "nobody");
    t.match(nobody.headers["content-type"], /^application\/problem\+json/);
    t.match(nobody.body, { code: "sign_in_required", status: 401, remedy: String });
    for (const role of roles) {
      const { status, body } = await ask(people.get(role)!.key);
      t.ok(status < 500, `${role}: ${status}`);
      if (allowed.split(" ").includes(role))
        t.not(
          [401, 403].includes(status) && body.code !== "mandate_missing",
          true,
          `${role}: ${status} ${body?.code ?? ""}`,
        );
      else t.strictSame([status, body.code], [403, "not_permitted"], role);
    }
  });
}
