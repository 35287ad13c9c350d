import type { PermissionDesk, ShownPermission } from "../../admin/permission-desk.ts";
import type { Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import { memberOf, parseServiceId } from "../../core/ids.ts";
import { type EndReason, type Permission, partiesOf } from "../../policy/permissions/permission.ts";
import type { PermissionOrder, PermissionReports } from "../permission-orders.ts";
import type { ServerConfiguration } from "../server-configuration.ts";
import { orderServer } from "./order-server.ts";

/** Permissions as the running server keeps them, by its order socket. */
export function permissionDesk({ stateDirectory }: ServerConfiguration): PermissionDesk {
  const order = <Order extends PermissionOrder>(one: Order) =>
    orderServer<PermissionReports[Order["order"]]>(stateDirectory, one);
  return {
    list: async (question) => {
      const { permissions, more } = await order({ order: "permissions list", ...question });
      const told = permissions.map(({ validity, ...one }) => ({ ...one, ...timesOf(validity) }));
      return { permissions: told, more };
    },
    show: async (permission) => {
      try {
        return shown(await order({ order: "permissions show", permission }));
      } catch (error) {
        if (error instanceof SealwayError && error.code === "not_found") return undefined;
        throw error;
      }
    },
    export: async (permission) => {
      const { record, statement } = await order({ order: "permissions export", permission });
      return { record: record as Json, statement };
    },
    declare: async ({ days, fields, keepDays, person, purpose, representation, service, uses, ...rest }) => {
      const { id } = await order({
        order: "permissions declare",
        ...rest,
        asked: {
          ...{ service: parseServiceId(service), purpose, person, days, fields },
          limits: { uses, keepDays },
        },
        representation: representation && {
          ...representation,
          ...{ kind: representation.kind as "guardian", scheme: person.scheme },
        },
      });
      return id;
    },
    end: async (permission, officer, because) => {
      const reason = because as EndReason | null;
      return (await order({ order: "permissions withdraw", permission, officer, reason })).revision;
    },
    erase: async (permission, officer, why) =>
      (await order({ order: "permissions erase", permission, officer, why })).revision,
  };
}

function shown({ revisions, text, used }: PermissionReports["permissions show"]): ShownPermission {
  const newest = revisions.at(-1)!;
  const { consumer, elements, fields, id, kind, limits, purpose, service, validity } = newest;
  const told = {
    ...{ id, kind, consumer, service, purpose: purpose.id, elements, fields, limits, ...timesOf(validity) },
    ...{ state: newest.state, text, used, revisions: revisions.map(revisionOf) },
  };
  return { holder: memberOf(partiesOf(newest).discloser), told: told as unknown as Json };
}

/** Whom it is about stands there by commitments; they are left out. */
function revisionOf({ act, reason, representation, revision, state, time }: Permission) {
  const power = representation && { kind: representation.kind, proof: representation.proof };
  return { revision, time: new Date(time).toISOString(), state, reason, act, representation: power };
}

function timesOf({ from, to }: Permission["validity"]) {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}
