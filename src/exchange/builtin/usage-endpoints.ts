/** The built-in service that tells persons of the uses of their data. */
export const usageService = "sealway.usage";

/**
 * How a portal's persons are named in what is signed: by the scheme that the asked server's configuration has for the
 * portal, which the description, equal on all servers, cannot know.
 */
export const userCodeScheme = "urn:sealway:scheme:user-code";

const subject = (name: string, role: "asked-about" | "representative") => {
  return { in: "query", name, role, scheme: userCodeScheme } as const;
};
const person = subject("userCode", "asked-about");
const representative = subject("representative", "representative");

/** Who acts for whom, where a portal's question says it in its body. */
export const representedInBody = [
  { in: "body", name: "/person/value", role: "asked-about", scheme: userCodeScheme },
  { in: "body", name: "/representative/value", role: "representative", scheme: userCodeScheme },
] as const;

/** As Estonia's data tracker has them (protocol for providing usage information, version 2), and our own richer list. */
export const usageEndpoints = [
  { method: "GET", path: "/v2/findUsage", subjects: [person] },
  { method: "GET", path: "/v2/usagePeriod" },
  { method: "GET", path: "/v2/heartbeat" },
  { method: "GET", path: "/v1/usages", subjects: [person] },
  { method: "GET", path: "/v1/usages/guardian", subjects: [person, representative] },
  { method: "GET", path: "/v1/usages/heir", subjects: [person, representative] },
];
