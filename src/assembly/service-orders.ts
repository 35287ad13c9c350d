import { type ActWord, isActWord } from "../catalogue/acts/service-act.ts";
import { fromBase64 } from "../core/bytes.ts";
import { SealwayError } from "../core/errors.ts";
import { isInOneSpelling, parseServiceId, type ServiceId } from "../core/ids.ts";
import { parseStrictJson } from "../core/strict-json.ts";
import type { ActAnswer } from "./submit-act.ts";

/** What a command orders of the running server, which has the members' keys, about services. */
export type ServiceOrder =
  | {
      readonly order: "service publish";
      /** Base64. */
      readonly description: string;
      readonly target?: string;
      readonly concurrency?: number;
      readonly authority?: string;
      readonly dryRun: boolean;
    }
  | {
      readonly order: "service act";
      readonly word: Exclude<ActWord, "publish" | "observe">;
      readonly service: ServiceId;
      readonly version: string;
      /** What the act states beside its service. */
      readonly states: { readonly [name: string]: unknown };
      readonly authority?: string;
      readonly dryRun: boolean;
    }
  | {
      readonly order: "service observe";
      /** As two officers signed it. */
      readonly signed: string;
      readonly authority?: string;
      readonly dryRun: boolean;
    }
  /** What the next act on a version must state. */
  | { readonly order: "service head"; readonly service: ServiceId; readonly version: string }
  /** Waits until this server uses the act. */
  | { readonly order: "service wait"; readonly service: ServiceId; readonly act: string }
  | { readonly order: "service history"; readonly service: ServiceId }
  /** Versions of services of the members that are served here. */
  | { readonly order: "service list" }
  | {
      readonly order: "service target";
      readonly service: ServiceId;
      readonly target: string;
      readonly concurrency: number;
    };

export interface ServiceHead {
  readonly instance: string;
  readonly description: string;
  readonly previous: string;
}

export interface ToldVersion {
  readonly version: string;
  readonly state: string;
  readonly sunset: number | null;
  readonly withdrawnFields: readonly string[];
  readonly observedUntil: number | null;
}

export interface ToldAct {
  readonly word: string;
  readonly version: string;
  /** When the authority took it, milliseconds. */
  readonly accepted: number;
  readonly act: string;
  readonly reason: string | null;
}

export interface ToldService {
  readonly id: ServiceId;
  readonly version: string;
  readonly state: string;
  readonly title: string;
}

export interface ServiceReports {
  readonly "service publish": {
    readonly service: ServiceId;
    readonly version: string;
    readonly answer: ActAnswer;
  };
  readonly "service act": { readonly answer: ActAnswer };
  readonly "service observe": {
    readonly service: ServiceId;
    readonly version: string;
    readonly answer: ActAnswer;
  };
  readonly "service head": ServiceHead;
  readonly "service wait": { readonly configuration: number; readonly milliseconds: number };
  readonly "service target": { readonly target: string };
  readonly "service list": readonly ToldService[];
  readonly "service history": {
    readonly versions: readonly ToldVersion[];
    readonly acts: readonly ToldAct[];
  };
}

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === "string" && value.length > 0;
const url: Check = (value) => typeof value === "string" && /^https?:/.test(value) && URL.canParse(value);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const service: Check = (value) => typeof value === "string" && isInOneSpelling(value, parseServiceId);
const choice: Check = (value) => typeof value === "boolean";
const calls: Check = (value) =>
  Number.isSafeInteger(value) && (value as number) > 0 && (value as number) <= 10_000;
const submitted = { authority: optional(url), dryRun: choice };

const members: Readonly<Record<ServiceOrder["order"], Readonly<Record<string, Check>>>> = {
  "service publish": {
    description: (value) => typeof value === "string" && fromBase64(value) !== undefined,
    target: optional(url),
    concurrency: optional(calls),
    ...submitted,
  },
  "service act": {
    word: (value) =>
      typeof value === "string" && isActWord(value) && value !== "publish" && value !== "observe",
    service,
    version: text,
    states: (value) => typeof value === "object" && value !== null,
    ...submitted,
  },
  "service observe": { signed: text, ...submitted },
  "service head": { service, version: text },
  "service wait": { service, act: text },
  "service history": { service },
  "service list": {},
  "service target": { service, target: url, concurrency: calls },
};

/**
 * Reads an order.
 * @returns undefined for one that is not about services
 * @throws SealwayError `bad_request`
 */
export function parseServiceOrder(bytes: Buffer): ServiceOrder | undefined {
  const value = parseStrictJson(bytes, "bad_request") as Readonly<Record<string, unknown>> | null;
  const name = value?.order;
  if (typeof name !== "string" || !Object.hasOwn(members, name)) return undefined;
  const checks = members[name as ServiceOrder["order"]];
  const wrong = Object.entries(checks).find(([member, check]) => !check(value![member]));
  const unknown = Object.keys(value!).find((member) => member !== "order" && !Object.hasOwn(checks, member));
  if (wrong !== undefined || unknown !== undefined)
    throw new SealwayError("bad_request", `the order's ${wrong?.[0] ?? unknown} cannot be used`);
  return value as unknown as ServiceOrder;
}
