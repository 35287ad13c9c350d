import type { Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import type { ListedKey } from "../admin-services.ts";
import { problemOf } from "../api/problem.ts";
import type { Answered, Asked, Route } from "../api/route.ts";
import { demanded, line, list, time, whole } from "../api/shapes.ts";
import type { CertifiedFacts, CertifiedKey } from "../key-desk.ts";
import { checkSlot, slot } from "./member-keys.ts";
import { orderedFor } from "./ordered-for.ts";

const text = { type: "string" };
const named = { slot, name: line };
const country = { type: "string", pattern: "^[A-Z]{2}$" };
const label = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?";
const dnsName = { type: "string", maxLength: 253, pattern: `^${label}(?:\\.${label})*$` };
const ipAddress = { type: "string", pattern: "^\\d{1,3}(?:\\.\\d{1,3}){3}$" };
const most = (items: object, maxItems: number) => ({ ...list(items), maxItems });
const facts = {
  ...{ organization: line, country },
  ...{ dnsNames: most(dnsName, 20), ipAddresses: most(ipAddress, 20) },
};
const keyRequest = whole({ ...named, request: text });
const certifiedKey = whole({ ...named, ends: time });
const pem = { type: "string", maxLength: 65_536, pattern: "-----BEGIN CERTIFICATE-----" };
const usual = { allowed: ["security-officer"], scope: "members", personal: "none", people: 1 } as const;
const orders = { ...usual, audit: "before" } as const;

/** From a new key to the end of one that leaked, as `sealway keys` does it. */
export const keyWorkRoutes: readonly Route[] = [
  {
    ...{ method: "POST", path: "/keys", ...orders, answer: keyRequest, status: 201 },
    summary: "Makes a key, and the request for its certificate",
    body: demanded({ slot, algorithm: { enum: ["ES256", "RS256"] }, ...facts, reason: line }, [
      ...["slot", "reason"],
    ]),
    run: async (asked) => {
      const { body, services } = asked;
      await ordered(asked, "a new key");
      const algorithm = body.algorithm === "RS256" ? "RS256" : "ES256";
      return {
        status: 201,
        body: { ...(await services.keys.make(slotIn(asked), algorithm, factsIn(asked))) },
      };
    },
  },
  {
    ...{ method: "GET", path: "/key-requests", ...usual, audit: "none" },
    ...{ summary: "The request for the certificate of a key", answer: "application/x-pem-file" },
    query: demanded(named, ["slot", "name"]),
    run: async (asked) => {
      const key = await keyIn(asked, asked.query);
      const bytes = Buffer.from(await asked.services.keys.requestOf(key));
      return { file: { type: "application/x-pem-file", name: `${key.name}.csr.pem`, bytes } };
    },
  },
  {
    ...{ method: "POST", path: "/key-requests", ...orders, answer: keyRequest },
    summary: "Writes the request for a key's certificate anew, with other names",
    body: demanded({ ...named, ...facts, reason: line }, ["slot", "name", "reason"]),
    run: async (asked) => {
      const key = await keyIn(asked, asked.body);
      await ordered(asked, "request");
      return { body: { ...(await asked.services.keys.request(key, factsIn(asked))) } };
    },
  },
  {
    ...{ method: "POST", path: "/key-certificates", ...orders, answer: certifiedKey },
    summary: "Takes the certificate that a CA issued for a key; what is wrong with it is told, all of it",
    body: demanded({ ...named, certificate: pem, reason: line }, ["slot", "name", "certificate", "reason"]),
    run: async (asked) => {
      const key = await keyIn(asked, asked.body);
      await ordered(asked, "certificate");
      const { certificate } = asked.body;
      return certified(key.slot, await asked.services.keys.importCertificate(key, String(certificate)));
    },
  },
  {
    ...{ method: "POST", path: "/key-enrolments", ...orders, answer: certifiedKey },
    summary: "Has the CA of the configuration certify a new key, or one that is there (ACME)",
    body: demanded({ ...named, reason: line }, ["slot", "reason"]),
    run: async (asked) => {
      const key = asked.body.name === undefined ? undefined : await keyIn(asked, asked.body);
      await ordered(asked, "enrolment");
      const at = slotIn(asked);
      return certified(at, await asked.services.keys.enrol(at, key?.name));
    },
  },
  {
    ...{ method: "POST", path: "/key-registrations", ...orders },
    summary: "Asks the governing authority to register a key's certificate",
    answer: whole({ request: text, state: text }),
    body: demanded({ ...named, reason: line }, ["slot", "name", "reason"]),
    run: async (asked) => {
      const key = await keyIn(asked, asked.body);
      await ordered(asked, "registration");
      return { body: { ...(await asked.services.keys.register(key)) } };
    },
  },
  {
    ...{ method: "POST", path: "/key-compromises", ...orders, answer: { type: "object" } },
    summary: "Suspends a leaked seal at once, tells the authority, and has peers look for forgeries",
    body: demanded({ ...named, from: time, reason: line }, ["slot", "name", "from", "reason"]),
    run: compromise,
  },
];

async function compromise(asked: Asked): Promise<Answered> {
  const { body, now, services } = asked;
  const { fingerprint } = await keyIn(asked, body);
  const from = Date.parse(String(body.from));
  if (fingerprint === null || body.slot === "tls")
    throw new SealwayError("invalid_parameter", "only a seal with a certificate counts for anything");
  if (!(from <= now)) throw new SealwayError("invalid_parameter", "the time has not come");
  await ordered(asked, `compromised from ${body.from}`);
  return { body: await services.keys.compromised(fingerprint, from) };
}

function slotIn({ body }: Asked): string {
  return String(body.slot);
}

/** A key of the caller's members; a host has no hand in the keys of whom it hosts. */
async function keyIn(asked: Asked, given: Readonly<Record<string, Json>>): Promise<ListedKey> {
  const at = String(given.slot);
  checkSlot(asked, at);
  const keys = await asked.services.gateway.keys();
  // Of a key that was certified again, the latest certificate.
  const key = keys.findLast(({ name, slot: of }) => name === given.name && of === at);
  if (key === undefined) throw new SealwayError("nothing_here", "no such key of the caller's members");
  return key;
}

async function ordered(asked: Asked, what: string): Promise<void> {
  const { name } = asked.body;
  const member = checkSlot(asked, slotIn(asked));
  const names = typeof name === "string" ? [name] : [];
  await orderedFor(asked, member, [`key ${slotIn(asked)}`, ...names, what]);
}

function factsIn({ body }: Asked): CertifiedFacts {
  const { organization, country: of, dnsNames = [], ipAddresses = [] } = body;
  return {
    ...(typeof organization === "string" && { organization }),
    ...(typeof of === "string" && { country: of }),
    ...{ dnsNames: dnsNames as readonly string[], ipAddresses: ipAddresses as readonly string[] },
  };
}

function certified(at: string, done: CertifiedKey): Answered {
  if (done.kind === "imported") return { body: { slot: at, name: done.name, ends: done.ends } };
  const detail = done.findings.map((finding) => finding.detail).join("; ");
  const error = new SealwayError("certificate_refused", detail);
  return problemOf(error, { findings: done.findings.map((finding) => ({ ...finding })) });
}
