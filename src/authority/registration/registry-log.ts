import type { ContextDocument } from "../../messagelog/message-record.ts";
import type { ConfigurationIndex } from "../../trust/configuration-index.ts";

/** The log in which the registry's entries are kept, time-stamped in batches as exchanges are. */
export interface RegistryLog {
  /** Resolves when it is durable. @throws SealwayError `log_unavailable` */
  keep(document: ContextDocument): Promise<void>;
  /** Oldest first. */
  documentsOf(kind: "registration"): Promise<readonly ContextDocument[]>;
  /** Why its entries cannot be written or are not time-stamped in time; undefined when all is well. */
  problem(): string | undefined;
  close(): Promise<void>;
}

/** Opens it. @param index what is published, by whose authorities it is time-stamped; undefined before the first time */
export type OpenRegistryLog = (index: () => ConfigurationIndex | undefined) => Promise<RegistryLog>;
