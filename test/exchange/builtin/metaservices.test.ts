import t from "tap";
import type { ClientId, ServiceId } from "../../../src/core/ids.ts";
import { residence } from "../../catalogue/residence.ts";
import { checkAnswer } from "../country/expectation.ts";
import { clients } from "../country/plan.ts";
import { publishMore } from "../country/publish-more.ts";
import { SmallCountry } from "../country.ts";

/*
 * X-Road's metaservices over real exchanges, in X-Road's shapes, with services of every visibility.
 */

const at = (code: string) => `${clients.population}/${code}` as ServiceId;
const described = (code: string, visibility: "all" | "entitled" | "parties") => ({
  ...residence,
  ...{ id: at(code), visibility, entitled: ["DEV/GOV"] },
  endpoints: [...residence.endpoints, { method: "*", path: "/**" }],
});
const codes = ["seen-by-all", "seen-by-entitled", "seen-by-parties"] as const;

const country = await SmallCountry.start(t);
await publishMore(country, {
  descriptions: [
    described("seen-by-all", "all"),
    described("seen-by-entitled", "entitled"),
    described("seen-by-parties", "parties"),
  ],
  agreements: [
    { id: "parties", consumer: clients.onboarding, service: at("seen-by-parties") },
    {
      ...{ id: "part", consumer: clients.onboarding, service: at("seen-by-all") },
      endpoints: [{ method: "GET", path: "/persons/{code}" }],
    },
    {
      ...{ id: "suspended", consumer: clients.inspection, service: at("seen-by-all") },
      conditions: [{ kind: "certified", attribute: "nobodys-word" }],
    },
    {
      ...{ id: "over", consumer: clients.inspection, service: at("seen-by-parties") },
      validity: { from: "2020-01-01T00:00:00Z", to: "2021-01-01T00:00:00Z" },
    },
  ],
});

function call(client: ClientId, rest: string) {
  return country.ask({ client, path: `/r1/${clients.population}/${rest}` });
}

interface Listed {
  readonly service: readonly {
    readonly service_code: string;
    readonly endpoint_list: readonly { readonly method: string; readonly path: string }[];
  }[];
}

async function listed(client: ClientId, what: string): Promise<Listed["service"]> {
  const answer = await call(client, what);
  return (answer.json() as unknown as Listed).service;
}

t.test(
  "listMethods has X-Road's shape, without the base endpoint, and is an exchange like any",
  async (t) => {
    const seen = await country.watch(() => call(clients.benefits, "listMethods"));
    t.equal(seen.result.header("Content-Type"), "application/json");
    t.ok(seen.result.header("Sealway-Exchange-Id"));
    t.equal(seen.calls, 0, "no register is called");
    t.equal(seen.asking.length, 2);
    t.equal(seen.answering.length, 2);
    const { service } = seen.result.json() as unknown as Listed;
    t.strictSame(
      service.find(({ service_code }) => service_code === "seen-by-all"),
      {
        object_type: "SERVICE",
        service_type: "OPENAPI",
        xroad_instance: "DEV",
        member_class: "GOV",
        member_code: "10000001",
        subsystem_code: "population",
        service_code: "seen-by-all",
        endpoint_list: [{ method: "GET", path: "/persons/*" }],
      },
    );
    t.notOk(
      service.some(({ service_code }) => service_code === "companies"),
      "nothing of another subsystem",
    );
  },
);

t.test("each viewer finds what is visible to it, and calls of the rest are told alike", async (t) => {
  const sees: readonly (readonly [ClientId, readonly string[]])[] = [
    [clients.inspection, ["seen-by-all", "seen-by-entitled"]],
    [clients.onboarding, ["seen-by-all", "seen-by-parties"]],
  ];
  for (const [client, visible] of sees) {
    const found = (await listed(client, "listMethods")).map(({ service_code }) => service_code);
    t.strictSame(
      codes.filter((code) => found.includes(code)),
      visible,
      client,
    );
    const absent = await call(client, "getOpenAPI?serviceCode=nothing");
    for (const code of codes) {
      const answer = await call(client, `getOpenAPI?serviceCode=${code}`);
      if (visible.includes(code)) t.equal(answer.status, 200, code);
      else t.same(withoutIds(answer.json()), withoutIds(absent.json()), `${code} is as if it were not there`);
    }
  }
});

function withoutIds({ exchange, detail, ...rest }: Record<string, unknown>) {
  return rest;
}

t.test("allowedMethods lists what the caller's agreements cover", async (t) => {
  const allowed = await listed(clients.onboarding, "allowedMethods");
  t.same(
    allowed.map(({ service_code, endpoint_list }) => [service_code, endpoint_list]),
    [
      ["seen-by-all", [{ method: "GET", path: "/persons/*" }]],
      ["seen-by-parties", [{ method: "GET", path: "/persons/*" }]],
    ],
  );
  const open = await listed(clients.inspection, "allowedMethods");
  t.same(
    open.map(({ service_code }) => service_code),
    ["open"],
    "an agreement that has ended, or is suspended, lists nothing",
  );
});

t.test("GovStack's shape", async (t) => {
  const answer = await call(clients.onboarding, "allowedMethods?dialect=govstack");
  t.same((answer.json() as { member: object[] }).member[0], {
    ...{ objectType: "SERVICE", serviceType: "OPENAPI", instanceId: "DEV", memberClass: "GOV" },
    ...{ memberCode: "10000001", applicationCode: "population", serviceCode: "seen-by-all" },
    endpointList: { member: [{ method: "GET", path: "/persons/*" }] },
  });
});

t.test("getOpenAPI gives the description as OpenAPI, its parameter in any case", async (t) => {
  const answer = await call(clients.benefits, "getOpenAPI?SERVICECODE=seen-by-all");
  t.equal(answer.status, 200);
  const document = answer.json();
  t.equal(document.openapi, "3.1.1");
  t.ok(Object.hasOwn(document.paths as object, "/persons/{code}"));
});

t.test("what is asked in another way is refused", async (t) => {
  const provider = { hop: "provider" } as const;
  const missing = await call(clients.benefits, "getOpenAPI");
  checkAnswer(t, missing, { ...provider, code: "missing_parameter", detail: /serviceCode/ });
  t.equal(missing.header("X-Road-Error"), "server.serverproxy.invalid_request");
  const unknown = await call(clients.benefits, "getOpenAPI?serviceCode=nothing");
  checkAnswer(t, unknown, { ...provider, code: "unknown_service" });
  const twice = await call(clients.benefits, "getOpenAPI?serviceCode=a&servicecode=b");
  checkAnswer(t, twice, { ...provider, code: "bad_request" });
  const slash = await call(clients.benefits, "getOpenAPI?serviceCode=..%2Fx");
  checkAnswer(t, slash, { ...provider, code: "unknown_service" });
  const other = await call(clients.benefits, "listMethods?dialect=klingon");
  checkAnswer(t, other, { ...provider, code: "bad_request" });
  const posted = await country.ask({
    ...{ method: "POST", client: clients.benefits, body: "{}" },
    path: `/r1/${clients.population}/listMethods`,
  });
  checkAnswer(t, posted, { code: "endpoint_not_described" });
  const soap = await call(clients.benefits, "getWsdl");
  checkAnswer(t, soap, { code: "unknown_service" });
});
