import { sha256Base64Url } from "../../core/bytes.ts";
import { SealwayError } from "../../core/errors.ts";
import type { CounterUse } from "../../messagelog/message-record.ts";
import type { ProviderExchange } from "../provider-exchange.ts";
import { builtInService } from "./built-in-services.ts";

/** Dry runs about a person that a client has in a minute: who asks more searches for somebody's permissions. */
const most = 60;
const minute = 60_000;
/** A record may be written, on another node's clock, after the minute in which the call came. */
const keptAfter = 3_600_000;
const prefix = "dry-run/";

/** What a dry run about a person uses up: counted with its record, among all nodes. Nothing for any other call. */
export function dryRunUses({ services, verified: { document } }: ProviderExchange): CounterUse[] {
  const isDryRun = builtInService(document.service.id)?.code === "sealway.decide";
  if (!isDryRun || document.subjectCount === 0) return [];
  const current = Math.floor(services.clock.now() / minute);
  const counter = `${prefix}${current}/${sha256Base64Url(document.client)}`;
  return [{ counter, limit: most, expires: (current + 1) * minute + keptAfter }];
}

/** @throws SealwayError `dry_runs_exceeded` where it is their counter that is used up */
export function checkDryRuns(counter: string): void {
  if (!counter.startsWith(prefix)) return;
  throw new SealwayError("dry_runs_exceeded", `${most} dry runs about persons have been made this minute`);
}
