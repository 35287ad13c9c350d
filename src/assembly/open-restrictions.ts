import type { Clock } from "../core/clock.ts";
import { memberOf } from "../core/ids.ts";
import type { CertificateJudge } from "../message/verify-message.ts";
import type { DurableMessageLog } from "../messagelog/message-log.ts";
import { openReader } from "./log-store.ts";
import { RestrictionBook } from "./restriction-book.ts";
import type { ServerConfiguration } from "./server-configuration.ts";
import type { TrustInUse } from "./trust-in-use.ts";

export interface RestrictionPlaces {
  readonly configuration: ServerConfiguration;
  readonly clock: Clock;
  readonly log: DurableMessageLog;
  readonly judge: CertificateJudge;
  readonly trust: TrustInUse;
}

/** Opens what this gateway knows of restrictions. @throws Error when log or vault cannot be read */
export function openRestrictions(places: RestrictionPlaces): Promise<RestrictionBook> {
  const { configuration, clock, log, judge, trust } = places;
  const parts = {
    ...{ clock, log, judge, vault: log.content.vault, owner: memberOf(configuration.server) },
    trust: () => trust.snapshot(),
    openReader: () => openReader(configuration),
  };
  return RestrictionBook.open(parts, log.nodes);
}
