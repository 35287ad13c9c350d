import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ClientId, ServiceId } from "../../../src/core/ids.ts";
import type { SmallCountry } from "../country.ts";

/** What is published beside the services of the plan, and agreed, on both sides. */
export interface More {
  readonly descriptions: readonly { readonly id: ServiceId; readonly [member: string]: unknown }[];
  readonly agreements: readonly {
    readonly id: string;
    readonly consumer: ClientId;
    readonly service: ServiceId;
    readonly endpoints?: readonly object[];
    readonly conditions?: readonly object[];
    readonly validity?: { readonly from: string; readonly to: string };
  }[];
}

/** Publishes more services and agreements and starts the gateways anew on them. */
export async function publishMore(country: SmallCountry, { descriptions, agreements }: More): Promise<void> {
  await Promise.all([country.asking.stop(), country.answering.stop()]);
  for (const description of descriptions)
    write(join(country.directory, "services", `${description.id}.json`), description);
  await country.authority.publish(country.registry);
  const year = new Date(country.clock.now()).getUTCFullYear();
  const validity = { from: `${year - 1}-01-01T00:00:00Z`, to: `${year + 2}-01-01T00:00:00Z` };
  const endpoints = [{ method: "*", path: "/**" }];
  for (const { parts } of [country.asking, country.answering]) {
    for (const agreement of agreements) {
      const document = { v: 1, revision: 1, validity, endpoints, ...agreement };
      write(join(parts.directory, "agreements", `${agreement.id}.json`), document);
    }
  }
  await Promise.all([country.asking.start(), country.answering.start()]);
}

function write(path: string, document: object): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(document));
}
