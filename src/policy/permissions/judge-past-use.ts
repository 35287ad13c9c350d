import type { DescriptionDocument } from "../../catalogue/description-document.ts";
import { fieldsOf } from "../../catalogue/fields-of.ts";
import { type ClientId, type MemberId, memberOf, type ServiceId } from "../../core/ids.ts";
import { isWithin, needs } from "../disclosure.ts";
import { foldRevisions } from "./check-revision.ts";
import { judgePermission, type PermissionRule } from "./judge-permission.ts";
import { checkPermission, type Permission, partiesOf, permissionType } from "./permission.ts";

/** An exchange that was permitted, as its signed messages tell it. */
export interface PastUse {
  readonly client: ClientId;
  readonly service: ServiceId;
  readonly purpose: { readonly id: string; readonly revision: number } | null;
  /** Between which it was decided, milliseconds: when the request was made, and when it was answered. */
  readonly times: readonly number[];
  /** Of the request; undefined where its head is not shown. */
  readonly query: string | undefined;
  readonly endpoint: { readonly method: string; readonly template: string } | null;
  /** JSON pointers of what the answer says was removed from it. */
  readonly removed: readonly string[];
  /** The service's description in force; undefined where it is not shown. */
  readonly description: Pick<DescriptionDocument, "endpoints"> | undefined;
}

/** One revision as it was signed. */
export type PastRevision = Permission;

/** The type of the signed revisions that are judged. */
export const pastPermissionType = permissionType;

/**
 * Reads the revisions of a permission, whoever made them.
 * @param payloads of signed statements, the oldest that is there first
 * @param isWhole whether the first of them is the first revision
 * @throws SealwayError `bad_request` for one that is none, `permission_state` when one does not follow the one before
 */
export function readPastRevisions(payloads: readonly unknown[], isWhole: boolean): readonly Permission[] {
  const revisions = payloads.map((payload) => {
    checkPermission(payload);
    return payload;
  });
  if (isWhole) foldRevisions(revisions);
  return revisions;
}

/** Whose seal signs it: of whoever discloses. */
export function signerOfPermission(permission: Permission): MemberId {
  return memberOf(partiesOf(permission).discloser);
}

/** Whether it is for messages, in which the consumer discloses. */
export function isOfMessages({ pattern }: Permission): boolean {
  return pattern === "message";
}

/**
 * The first rule by which a permission did not permit an exchange, by the same table as on that day; undefined when it
 * permitted it. Uses are not counted here: what the other exchanges were, these messages do not tell.
 * @param permission the revision that the answer names
 */
export function judgePastUse(
  permission: Permission,
  use: PastUse,
): PermissionRule | "permission.later" | undefined {
  if (permission.time > Math.max(...use.times)) return "permission.later";
  const query = new URLSearchParams(use.query);
  const { limits } = permission;
  const told = use.query === undefined ? { ...limits, dataPeriod: null } : limits;
  const verdicts = use.times.map((now) =>
    judgePermission(
      { ...permission, limits: told },
      {
        ...{ client: use.client, service: use.service, purpose: use.purpose, now, isOfSubject: true },
        ...{ used: { all: 0, period: 0 }, parameter: (name) => query.getAll(name) },
      },
    ),
  );
  return verdicts.includes(undefined) ? judgeFields(permission, use) : verdicts[0];
}

/** Whatever answers may have, and what the answer does not say to be removed, must be permitted. */
function judgeFields(
  permission: Permission,
  { description, endpoint, removed }: PastUse,
): "permission.fields" | undefined {
  const described = description?.endpoints.find(
    ({ method, path }) => method === endpoint?.method && path === endpoint.template,
  );
  const answered = Object.entries(described?.responses ?? {})
    .filter(([status]) => status.startsWith("2"))
    .flatMap(([, { schema }]) => fieldsOf(schema));
  const isCovered = answered
    .filter(({ leaf, pointer }) => leaf && !removed.some((field) => isWithin(pointer, field)))
    .every(({ pointer, element, ambiguous }) => {
      const { fields } = permission;
      const isGiven = fields === null || fields.some((given) => isWithin(pointer, given));
      return isGiven && !ambiguous && needs(permission, element);
    });
  return isCovered ? undefined : "permission.fields";
}
