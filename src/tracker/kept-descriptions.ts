import type { DescriptionDocument } from "../catalogue/description-document.ts";
import type { LogReader, StoredRecord } from "../messagelog/message-store.ts";
import type { ListingRule } from "./disclosure-rule.ts";
import { accountOf } from "./signed-account.ts";

const mostKnown = 256;

/** The service descriptions that a log keeps beside its records: the words of the day on which each record was made. */
class KeptDescriptions {
  readonly #log: Pick<LogReader, "document">;
  readonly #known = new Map<string, DescriptionDocument | undefined>();

  constructor(log: Pick<LogReader, "document">) {
    this.#log = log;
  }

  /**
   * Of the service that a request asked: a call that was refused may name the description of another one.
   * @returns undefined for one that is not kept, or cannot be read any more
   */
  async describing(
    request: Pick<StoredRecord, "exchange"> | undefined,
  ): Promise<DescriptionDocument | undefined> {
    const { service } = accountOf(request);
    if (service === undefined || service.sha256 === null) return undefined;
    const description = await this.#byDigest(service.sha256);
    return description?.id === service.id ? description : undefined;
  }

  async #byDigest(sha256: string): Promise<DescriptionDocument | undefined> {
    if (this.#known.has(sha256)) return this.#known.get(sha256);
    const found = await this.#log.document(sha256);
    const description = found && parse(found.bytes);
    if (this.#known.size >= mostKnown) this.#known.clear();
    this.#known.set(sha256, description);
    return description;
  }
}

const known = new WeakMap<Pick<LogReader, "document">, KeptDescriptions>();

/** Those of a log. */
export function descriptionsOf(log: Pick<LogReader, "document">): KeptDescriptions {
  const before = known.get(log) ?? new KeptDescriptions(log);
  known.set(log, before);
  return before;
}

/** Under which the rules of a purpose stand. @param purpose its id, without a revision */
export function ruleKey(service: string, purpose: string): string {
  return `${service} ${purpose}`;
}

/** What of a purpose counts for the list. */
export function listingRule({ disclosure, protectsFromRepresentative }: ListingRule): ListingRule {
  return {
    ...(disclosure !== undefined && { disclosure }),
    ...(protectsFromRepresentative !== undefined && { protectsFromRepresentative }),
  };
}

/** Descriptions were judged before they were kept; a log may be damaged all the same. */
function parse(bytes: Uint8Array): DescriptionDocument | undefined {
  try {
    const document = JSON.parse(Buffer.from(bytes).toString("utf8")) as DescriptionDocument;
    return Array.isArray(document.endpoints) ? document : undefined;
  } catch {
    return undefined;
  }
}
