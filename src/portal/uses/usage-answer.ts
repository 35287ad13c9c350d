import schema from "../../../schemas/control/v1/usage.schema.json" with { type: "json" };
import { ownSchema } from "../../core/own-schema.ts";

/** By language (BCP 47). */
export type Text = Readonly<Record<string, string>>;

/** A member and its unit, as a gateway names it. */
export interface Party {
  readonly member: string;
  readonly name: Text;
  readonly subsystem: string | null;
  readonly subsystemName: Text | null;
}

export interface Field {
  readonly element: string | null;
  readonly title: Text;
}

/** One use of the person's data. */
export interface Use {
  readonly kind: "use";
  readonly exchange: string;
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly from: Party;
  readonly to: Party;
  readonly service: { readonly id: string; readonly title: Text };
  readonly purpose: {
    readonly id: string;
    readonly title: Text;
    readonly source: "stated" | "defaulted";
  } | null;
  readonly lawfulBasis: { readonly basis: string; readonly provision: string } | null;
  readonly decisionUse: "automated" | "caseworker" | "analytics" | "none" | null;
  readonly told: readonly Field[] | null;
  readonly removed: readonly Field[];
  readonly outcome: "allowed" | "refused" | "failed" | "open";
  readonly code: string | null;
  readonly roles: readonly ("asked-about" | "in-answer" | "representative")[];
  readonly subjectCount: number;
  readonly byPermission: boolean;
  readonly emergency: boolean;
  readonly checked: boolean;
}

/** Uses of a month that are counted only. */
export interface Group {
  readonly kind: "group";
  /** `YYYY-MM` */
  readonly month: string;
  readonly to: Party;
  readonly count: number;
}

/** What a gateway tells of one subsystem (`schemas/control/v1/usage.schema.json`). */
export interface UsageAnswer {
  readonly provider: Party;
  readonly period: { readonly from: string; readonly to: string };
  readonly total: number;
  readonly entries: readonly (Use | Group)[];
  readonly cursor: string | null;
}

const isUsage = ownSchema<UsageAnswer>(schema, { validateFormats: false });
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Another member's word, read; undefined when it is not of the form that was agreed. */
export function readUsageAnswer(value: unknown): UsageAnswer | undefined {
  return isUsage(value) && value.entries.every(isRight) ? value : undefined;
}

/** What the schema does not say: a day that does not exist could be shown on no page. */
function isRight(entry: Use | Group): boolean {
  if (entry.kind === "group") return !Number.isNaN(Date.parse(`${entry.month}-01T00:00:00Z`));
  return uuid.test(entry.exchange) && !Number.isNaN(Date.parse(entry.time));
}
