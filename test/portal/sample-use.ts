import type { Group, Party, UsageAnswer, Use } from "../../src/portal/uses/usage-answer.ts";

export const benefits: Party = {
  member: "DEV/GOV/10000003",
  name: { en: "Social Benefits Agency", zh: "社会福利局" },
  subsystem: "DEV/GOV/10000003/benefits",
  subsystemName: { en: "Benefits" },
};
export const bank: Party = {
  member: "DEV/COM/30000001",
  name: { en: "First Savings Bank" },
  subsystem: null,
  subsystemName: null,
};
export const population: Party = {
  member: "DEV/GOV/10000001",
  name: { en: "Population Register" },
  subsystem: "DEV/GOV/10000001/population",
  subsystemName: { en: "Population" },
};

/** A use as a gateway tells it. @param number makes its id and, with the day, its time */
export function useOf(number: number, change: Partial<Use> = {}): Use {
  return {
    kind: "use",
    exchange: `01a203eb-48da-77f4-8333-${String(number).padStart(12, "0")}`,
    time: new Date(Date.UTC(2026, 9, 1) + number * 60_000).toISOString(),
    from: population,
    to: benefits,
    service: {
      id: "DEV/GOV/10000001/population/persons",
      title: { en: "Person and address", zh: "人员和地址" },
    },
    purpose: {
      id: "benefit-decision",
      title: { en: "Decision on a benefit" },
      source: "stated",
      revision: 1,
    },
    lawfulBasis: { basis: "public-task", provision: "Benefits Act §4" },
    decisionUse: "caseworker",
    told: [{ element: "person.name", title: { en: "Name" } }],
    removed: [{ element: "person.sex", title: { en: "Sex" } }],
    outcome: "allowed",
    code: null,
    roles: ["asked-about"],
    subjectCount: 1,
    byPermission: false,
    emergency: false,
    checked: false,
    ...change,
  } as Use;
}

export function usageAnswer(entries: readonly (Use | Group)[], cursor: string | null = null): UsageAnswer {
  return {
    v: 1,
    provider: population,
    viewer: "self",
    period: { from: "2023-01-01T00:00:00.000Z", to: "2026-11-22T00:00:00.000Z" },
    total: entries.length,
    entries,
    cursor,
  } as UsageAnswer;
}
