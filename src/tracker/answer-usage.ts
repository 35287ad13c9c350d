import { isReserved } from "../catalogue/reserved-codes.ts";
import type { Text } from "../catalogue/vocabulary.ts";
import { memberOf, providerOf } from "../core/ids.ts";
import {
  type BuiltInAnswer,
  type BuiltInCall,
  bytesAnswer,
  jsonAnswer,
} from "../exchange/builtin/built-in-client.ts";
import type { GatewayServices } from "../exchange/gateway-services.ts";
import { required } from "../exchange/required.ts";
import type { ServiceAnswer } from "../exchange/service-client.ts";
import { keepAccess } from "../messagelog/access-record.ts";
import { checkPower, schemeOfRepresented } from "./check-power.ts";
import { checkReader, type Portal, portalOf } from "./check-reader.ts";
import type { ListingRule, Viewer } from "./disclosure-rule.ts";
import { findUsageAnswer } from "./find-usage-answer.ts";
import { listingRule, ruleKey } from "./kept-descriptions.ts";
import type { UsageDesk } from "./usage-desk.ts";
import { usageList } from "./usage-list.ts";
import { parseUsageQuery, type UsageForm } from "./usage-query.ts";
import type { FoundUses, UsesQuestion } from "./usage-thread.ts";

/*
 * `sealway.usage`: who used a person's data, at any subsystem that provides, without a line of its own code. Only portals
 * may ask; every reading is recorded before it is answered, and is no use itself.
 */

interface UsageCall {
  readonly services: GatewayServices;
  readonly desk: UsageDesk;
  readonly portal: Portal;
  readonly call: BuiltInCall;
}

type Answering = (asked: UsageCall) => Promise<ServiceAnswer>;

const answers: Readonly<Record<string, Answering>> = {
  "/v2/findUsage": async (asked) => {
    const { found } = await read(asked, "findUsage", "self");
    return sent(findUsageAnswer(found, asked.services.trust()));
  },
  "/v2/usagePeriod": async ({ call, desk, services }) => {
    const since = await desk.since(call.subsystem, services.clock.now());
    return jsonAnswer(200, { periodStart: new Date(since).toISOString() });
  },
  "/v2/heartbeat": async ({ call, desk, services }) => {
    try {
      await desk.since(call.subsystem, services.clock.now());
      return jsonAnswer(200, { status: "OK" });
    } catch {
      return jsonAnswer(200, { status: "FAIL", message: "the log cannot be read" });
    }
  },
  "/v1/usages": listFor("self"),
  "/v1/usages/guardian": listFor("guardian"),
  "/v1/usages/heir": listFor("heir"),
};

/** @param portals who may ask, by the server's configuration */
export function answerUsage(
  services: () => GatewayServices,
  desk: UsageDesk,
  portals: readonly Portal[],
): BuiltInAnswer {
  return async (call) => {
    const portal = portalOf(portals, call);
    return required(answers[call.path])({ services: services(), desk, portal, call });
  };
}

function listFor(viewer: Viewer): Answering {
  return async (asked) => {
    const { found, until } = await read(asked, viewer === "self" ? "usages" : "represented", viewer);
    const { call, services } = asked;
    return sent(usageList(found, { viewer, until, provider: call.subsystem }, services.trust()));
  };
}

/** @throws SealwayError as `parseUsageQuery`, `checkReader`, `checkPower`; `log_unavailable` also when the reading cannot be recorded */
async function read(
  { services, desk, portal, call }: UsageCall,
  form: UsageForm,
  viewer: Viewer,
): Promise<{ readonly found: FoundUses; readonly until: number }> {
  const query = parseUsageQuery(call.query, form);
  const { vocabulary } = services.trust();
  const scheme = viewer === "self" ? portal.scheme : schemeOfRepresented(services, query);
  const person = checkReader(query, viewer, call.userId, { portal, scheme }, vocabulary);
  if (viewer !== "self") await checkPower(services, call, query, { portal, person, viewer });
  const now = services.clock.now();
  const until = query.until ?? now + 1;
  const { since, page } = query;
  const asked = { person, provider: call.subsystem, viewer, since, until, now, page };
  const records = form === "findUsage" ? "requests" : "both";
  const found = await desk.find({ ...asked, ...servicesAt(services, call), records });
  await record(services, call, viewer, found);
  return { found, until };
}

/** What the subsystem's services and their purposes say now, in every version that is not archived. */
function servicesAt(
  { trust }: GatewayServices,
  { subsystem }: BuiltInCall,
): Pick<UsesQuestion, "rules" | "titles"> {
  const { catalogue } = trust();
  const rules = new Map<string, ListingRule[]>();
  const titles = new Map<string, Text>();
  for (const { id, document } of catalogue.services()) {
    if (providerOf(id) !== subsystem || isReserved(id)) continue;
    titles.set(id, document.title);
    for (const { document } of catalogue.versions(id)) {
      for (const purpose of document.purposes ?? []) {
        const key = ruleKey(id, purpose.id);
        rules.set(key, [...(rules.get(key) ?? []), listingRule(purpose)]);
      }
    }
  }
  return { rules, titles };
}

/** The person stands there as the tags by which he was sought; the reading's own exchange holds who had signed in. */
async function record(
  { clock, log, seals, trust }: GatewayServices,
  { client, exchange, path, subsystem }: BuiltInCall,
  viewer: Viewer,
  { tags }: FoundUses,
): Promise<void> {
  const seal = required(seals.get(memberOf(subsystem)));
  await keepAccess(log, seal.signer, {
    instance: trust().configuration.parameters.instance,
    time: clock.now(),
    who: client,
    why: `the list of a person's uses, for ${viewer}`,
    what: [path, `exchange=${exchange}`, ...tags.map((tag) => `subject-tag=${tag}`)],
  });
}

function sent(answer: object): ServiceAnswer {
  return bytesAnswer("application/json", Buffer.from(JSON.stringify(answer)));
}
