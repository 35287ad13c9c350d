import type { GatewayDesk, ListedAgreement } from "../../admin/admin-services.ts";
import type { OrderedAct } from "../../admin/ordered-act.ts";
import type { Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import { parseServiceId } from "../../core/ids.ts";
import { askHealth } from "../ask-health.ts";
import { listServerKeys } from "../keys/list-server-keys.ts";
import { chooseKey } from "../keys/order-keys.ts";
import { orderAgreement } from "../order-agreement.ts";
import { orderService } from "../order-service.ts";
import type { ServerConfiguration } from "../server-configuration.ts";
import type { ActAnswer } from "../submit-act.ts";

/** The running security server, by its order socket and its health interface. */
export function gatewayDesk(configuration: ServerConfiguration): GatewayDesk {
  return {
    health: async () => {
      const health = await askHealth(configuration.healthInterface);
      if (health === undefined)
        throw new SealwayError("server_not_running", "nobody answers at its health interface");
      return told(health);
    },
    services: () => orderService(configuration, { order: "service list" }),
    agreements: async ({ cursor, members, ...wanted }) => {
      const { after, agreements, total } = await orderAgreement(configuration, {
        ...{ order: "agreement list", ...wanted },
        ...(cursor !== undefined && { after: cursor }),
        ...(members !== undefined && { members: [...members] }),
      });
      const listed = agreements.map(({ from, to, ...one }): ListedAgreement => {
        return { ...one, from: new Date(from).toISOString(), to: new Date(to).toISOString() };
      });
      return { agreements: listed, total, cursor: after };
    },
    keys: () => listServerKeys(configuration),
    chooseKey: async (slot, name) => void (await chooseKey(configuration, name, slot)),
    publish: async ({ description, target, dryRun }) => {
      const order = {
        order: "service publish",
        description: description.toString("base64"),
        dryRun,
      } as const;
      const placed = { ...order, ...(target !== undefined && { target }) };
      return toldAct(await orderService(configuration, placed));
    },
    actOnService: async ({ service, version, word, states }) => {
      const act = { order: "service act", word, version, states, dryRun: false } as const;
      return toldAct(await orderService(configuration, { ...act, service: parseServiceId(service) }));
    },
    actOnAgreement: async (act) =>
      told(await orderAgreement(configuration, { order: "agreement act", ...act })),
  };
}

/** What came of an act, as the management API has it. */
export function toldAct(report: { readonly answer: ActAnswer }): OrderedAct {
  const { answer } = report;
  if (answer.kind === "taken") return { kind: "taken", report: told(report) };
  const { code, detail, remedy, findings } = answer;
  return { kind: "refused", code, detail, remedy, findings: told(findings) };
}

/** Reports are plain data. */
function told(report: unknown): Json {
  return JSON.parse(JSON.stringify(report)) as Json;
}
