import { type Vocabulary, VocabularyInUse } from "../catalogue/vocabulary.ts";
import { sha256, toBase64Url } from "../core/bytes.ts";
import { canonicalJson, type Json } from "../core/canonical-json.ts";
import type { ConfigurationFiles, MessageLog } from "../messagelog/message-record.ts";
import type { GlobalConfiguration } from "../trust/global-configuration.ts";

/** A document that has its digest with it. */
interface Digested {
  readonly sha256: string;
  readonly bytes: Buffer;
}

/**
 * Stores the documents to which records refer before the records that do: the law of that day. The log knows which
 * documents it has; the files of a configuration are looked at once in the life of the process.
 */
export class ContextKeeper {
  readonly #log: MessageLog;
  readonly #configurations = new Set<string>();
  readonly #words = new VocabularyInUse();

  constructor(log: MessageLog) {
    this.#log = log;
  }

  /** @throws SealwayError `log_unavailable` */
  async keep(
    configuration: GlobalConfiguration,
    description: Digested | undefined,
    agreement: Digested | null,
  ): Promise<void> {
    if (!this.#configurations.has(configuration.sha256)) await this.#keepFiles(configuration);
    if (description !== undefined) await this.#log.keep({ kind: "description", ...pick(description) });
    if (agreement !== null) await this.#log.keep({ kind: "agreement", ...pick(agreement) });
  }

  async #keepFiles(configuration: GlobalConfiguration): Promise<void> {
    const files: Record<string, string> = {};
    for (const [name, bytes] of configuration.files) {
      files[name] = toBase64Url(sha256(bytes));
      await this.#log.keep({ kind: "configuration", sha256: files[name], bytes });
    }
    const list: ConfigurationFiles = { configuration: configuration.sha256, files };
    await this.#keepJson("configuration-files", { ...list });
    // Persons are sought by what these spell, in a log of many years.
    await this.#keepJson("identifier-rules", this.#vocabularyOf(configuration).identifierRules);
    this.#configurations.add(configuration.sha256);
  }

  #vocabularyOf({ vocabularies }: GlobalConfiguration): Vocabulary {
    try {
      return this.#words.renew(vocabularies);
    } catch {
      // The exchange goes on with the one before, too, and tells of it.
      return this.#words.vocabulary;
    }
  }

  #keepJson(kind: "configuration-files" | "identifier-rules", content: Json): Promise<void> {
    const bytes = Buffer.from(canonicalJson(content), "utf8");
    return this.#log.keep({ kind, sha256: toBase64Url(sha256(bytes)), bytes });
  }
}

function pick({ sha256, bytes }: Digested): Digested {
  return { sha256, bytes };
}
