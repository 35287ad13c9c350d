import type { Logger } from "pino";
import type { GatewayServices } from "../exchange/gateway-services.ts";
import { AccessIntake } from "../messagelog/search/access-intake.ts";
import { IndexThread } from "../messagelog/search/index-thread.ts";
import { afterTimeout } from "../pki/ocsp-stapler.ts";
import { type LogConfiguration, logAddress } from "./log-store.ts";
import type { Close } from "./open-doors.ts";
import { openAccessSpool, searchDirectory } from "./open-search.ts";

/** Keeps the search index up to date beside the traffic, and takes reads that commands recorded into the log. */
export function startSearch(
  { clock, log, owner, seals, self }: Pick<GatewayServices, "clock" | "log" | "owner" | "seals" | "self">,
  configuration: LogConfiguration,
  logger: Logger,
): Close {
  const { stateDirectory } = configuration;
  const index = new IndexThread({
    ...logAddress(configuration),
    directory: searchDirectory(stateDirectory),
    after: afterTimeout,
    failed: (reason) =>
      logger.warn({ reason }, "the search index cannot be built; searches build it themselves"),
  });
  const intake = new AccessIntake({
    ...{ clock, log, instance: self.slice(0, self.indexOf("/")) },
    // The one in use when a read is recorded.
    get signer() {
      return seals.get(owner)!.signer;
    },
    spool: openAccessSpool({ stateDirectory }),
    after: afterTimeout,
    failed: (err) => logger.warn({ err }, "reads of the log wait to be recorded"),
  });
  return async () => {
    await Promise.all([index.close(), intake.close()]);
  };
}
