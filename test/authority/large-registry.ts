import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RegistryDocument } from "../../src/authority/registry-document.ts";
import { loadCatalogueKeys } from "../../src/authority/services/catalogue-keys.ts";
import { sha256 } from "../../src/core/bytes.ts";
import { unsafeId } from "../../src/core/ids.ts";
import type { Identity } from "../../src/dev/ca.ts";
import { countersignAct, parseSignedAct, signAct } from "../../src/message/service-act-record.ts";
import { residence } from "../catalogue/residence.ts";
import { der, type SampleCountry } from "./sample-registry.ts";
import { signerOf } from "./services/publishing-scene.ts";

/** How much of each. */
export interface Size {
  readonly members: number;
  /** At least one for each member; each has a TLS certificate and a log key. */
  readonly servers: number;
  /** Spread over the members, published by an act each. */
  readonly services: number;
}

export const nationalSize: Size = { members: 2_000, servers: 3_000, services: 10_000 };

/** Five subsystems a member, of which the first provides. */
const subsystemNames = ["registers", "portal", "cases", "archive", "statistics"];

/** A country of that size, each member with a seal of its own. */
export class LargeCountry {
  readonly registry: RegistryDocument;
  readonly #country: SampleCountry;
  readonly #ids: readonly string[];
  readonly #seals: readonly Identity[];

  constructor(country: SampleCountry, size: Size) {
    this.#country = country;
    this.#ids = Array.from({ length: size.members }, (_, i) => `DEV/GOV/${20_000_000 + i}`);
    this.#seals = this.#ids.map((id, i) =>
      country.ca.issueSeal(unsafeId(id), `Municipality of Harbour ${i}`),
    );
    this.registry = this.#registry(size);
  }

  /** Writes what an authority keeps of acts that published so many services, into its directory before it starts. */
  async publishServices(stateDir: string, count: number): Promise<void> {
    for (const folder of ["acts", "descriptions"])
      mkdirSync(join(stateDir, "catalogue", folder), { recursive: true });
    const { key } = await loadCatalogueKeys(stateDir, undefined);
    const time = this.#country.clock.now();
    for (let i = 0; i < count; i++) {
      const service = `${this.#ids[i % this.#ids.length]}/registers/service-${i}`;
      const bytes = Buffer.from(JSON.stringify({ ...residence, id: service }));
      const digest = sha256(bytes);
      const description = digest.toString("base64url");
      const payload = {
        instance: "DEV",
        time,
        service,
        version: residence.version,
        description,
        previous: null,
      };
      const seal = signerOf(this.#seals[i % this.#ids.length]!);
      const record = countersignAct(parseSignedAct(await signAct(seal, "publish", payload)), key, time);
      const name = `${String(i + 1).padStart(10, "0")}.jws`;
      writeFileSync(join(stateDir, "catalogue/acts", name), record);
      writeFileSync(join(stateDir, "catalogue/descriptions", `${digest.toString("hex")}.json`), bytes);
    }
  }

  #registry({ servers }: Size): RegistryDocument {
    const ids = this.#ids;
    const small = this.#country.registry();
    const history = [{ state: "granted" as const, from: "2026-01-01T00:00:00Z" }];
    const serverIds = Array.from({ length: servers }, (_, i) => `${ids[i % ids.length]}/ss${i}`);
    return {
      ...small,
      members: ids.map((id, i) => ({
        id,
        name: `Municipality of Harbour ${i}`,
        subsystems: subsystemNames.map((name) => ({ id: `${id}/${name}`, name })),
      })),
      servers: serverIds.map((id, i) => this.#server(id, i)),
      seals: ids.map((member, i) => ({
        member,
        certificate: der(this.#seals[i]!),
        servers: serverIds.filter((_, j) => j % ids.length === i),
        history,
      })),
    };
  }

  #server(id: string, i: number): RegistryDocument["servers"][number] {
    const owner = this.#ids[i % this.#ids.length]!;
    const isFirst = i < this.#ids.length;
    return {
      id,
      owner,
      addresses: [{ host: `ss${i}.harbour-${i}.example.test`, port: 5500 }],
      tlsCertificates: [der(this.#country.ca.issueTls(unsafeId(id), owner))],
      clients: isFirst ? subsystemNames.map((name) => `${owner}/${name}`) : [],
      wireVersions: [1],
      logKeys: [generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" }).x!],
      contact: `operator@harbour-${i}.example.test`,
    };
  }
}
