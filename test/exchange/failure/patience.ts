import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { descriptionOf } from "../country/plan.ts";
import type { SmallCountry } from "../country.ts";

/** Publishes that a service may take its time, whatever else this machine does; gateways started later know it. */
export async function givePatience(
  { registry, authority }: SmallCountry,
  service: Parameters<typeof descriptionOf>[0],
): Promise<void> {
  const description = { ...descriptionOf(service), timeoutMs: 90_000 };
  writeFileSync(join(registry.services!, `${service.id}.json`), JSON.stringify(description));
  await authority.publish(registry);
}
