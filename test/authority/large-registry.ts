import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { RegistryDocument } from "../../src/authority/registry-document.ts";
import { unsafeId } from "../../src/core/ids.ts";
import { der, type SampleCountry } from "./sample-registry.ts";

/** How much of each. */
export interface Size {
  readonly members: number;
  /** At least one for each member; each has a TLS certificate and a log key. */
  readonly servers: number;
  /** Spread over the members, a description each. */
  readonly services: number;
}

export const nationalSize: Size = { members: 2_000, servers: 3_000, services: 10_000 };

/** Five subsystems a member, of which the first provides. */
const subsystemNames = ["registers", "portal", "cases", "archive", "statistics"];

/**
 * The registry of a country of that size, each member with a seal of its own.
 * @param services an empty directory, which takes the descriptions
 */
export function largeRegistry(country: SampleCountry, size: Size, services?: string): RegistryDocument {
  const small = country.registry();
  const ids = Array.from({ length: size.members }, (_, i) => `DEV/GOV/${20_000_000 + i}`);
  const history = [{ state: "granted" as const, from: "2026-01-01T00:00:00Z" }];
  const serverIds = Array.from({ length: size.servers }, (_, i) => `${ids[i % ids.length]}/ss${i}`);
  if (services !== undefined) writeDescriptions(services, ids, size.services);
  return {
    ...small,
    members: ids.map((id, i) => ({
      id,
      name: `Municipality of Harbour ${i}`,
      subsystems: subsystemNames.map((name) => ({ id: `${id}/${name}`, name })),
    })),
    servers: serverIds.map((id, i) => {
      const owner = ids[i % ids.length]!;
      const isFirst = i < ids.length;
      return {
        id,
        owner,
        addresses: [{ host: `ss${i}.harbour-${i}.example.test`, port: 5500 }],
        tlsCertificates: [der(country.ca.issueTls(unsafeId(id), owner))],
        clients: isFirst ? subsystemNames.map((name) => `${owner}/${name}`) : [],
        wireVersions: [1],
        logKeys: [newLogKey()],
        contact: `operator@harbour-${i}.example.test`,
      };
    }),
    seals: ids.map((member, i) => ({
      member,
      certificate: der(country.ca.issueSeal(unsafeId(member), `Municipality of Harbour ${i}`)),
      servers: serverIds.filter((_, j) => j % ids.length === i),
      history,
    })),
    ...(services !== undefined && { services }),
  };
}

function newLogKey(): string {
  return generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" }).x!;
}

function writeDescriptions(directory: string, members: readonly string[], count: number): void {
  for (let i = 0; i < count; i++) {
    const path = join(directory, `${members[i % members.length]}/registers/service-${i}.json`);
    mkdirSync(dirname(path), { recursive: true });
    const text = `What the register knows of entry ${i}. `.repeat(40);
    writeFileSync(path, JSON.stringify({ v: 1, title: { en: `Service ${i}` }, description: { en: text } }));
  }
}
