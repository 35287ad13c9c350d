import type { TrustSnapshot } from "../exchange/gateway-services.ts";
import { partiesOf } from "./parties-of-use.ts";
import type { Use } from "./read-use.ts";
import { codeOf, type Party, RegisteredParties } from "./registered-party.ts";
import type { FoundUses, Group } from "./usage-thread.ts";

/** As Estonia's data tracker answers `findUsage`, version 2; texts are English, since its protocol knows one language. */
export interface FindUsageAnswer {
  readonly totalUsages: number;
  /** Newest first. */
  readonly usages: readonly FoundUsage[];
}

interface FoundUsage {
  readonly logtime: string;
  readonly action: string;
  readonly receiverCode: string;
  readonly receiverName: string;
  /** Empty where the unit is not told. */
  readonly receiverSystem: string;
}

export function findUsageAnswer(
  { entries, total }: FoundUses,
  trust: Pick<TrustSnapshot, "configuration">,
): FindUsageAnswer {
  const parties = new RegisteredParties(trust);
  const usages = entries.map((entry) =>
    entry.kind === "group"
      ? usage(`${entry.month}-01T00:00:00Z`, counted(entry), parties.member(entry.receiver))
      : usage(secondOf(entry.time), actionOf(entry), partiesOf(entry, parties).to),
  );
  return { totalUsages: total, usages };
}

function usage(logtime: string, action: string, { member, name, subsystem }: Party): FoundUsage {
  return {
    ...{ logtime, action },
    receiverCode: codeOf(member),
    receiverName: name.en,
    receiverSystem: subsystem === null ? "" : codeOf(subsystem),
  };
}

function counted({ count }: Group): string {
  return count === 1 ? "1 use in this month" : `${count} uses in this month`;
}

const beginnings: Readonly<Record<Use["outcome"], string>> = {
  answered: "",
  refused: "Refused: ",
  failed: "Not answered: ",
  open: "Not answered yet: ",
};

function actionOf({ checked, outcome, purpose, service }: Use): string {
  const what = purpose === null ? service.title.en : `${service.title.en}: ${purpose.title.en}`;
  return `${beginnings[outcome]}${checked ? "Only checked: " : ""}${what}`;
}

function secondOf(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}
