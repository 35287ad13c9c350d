import { sha256, toBase64Url } from "../core/bytes.ts";
import { canonicalJson } from "../core/canonical-json.ts";
import type { ConfigurationFiles, ContextDocument, MessageLog } from "../messagelog/message-record.ts";
import type { GlobalConfiguration } from "../trust/global-configuration.ts";

/** A document that has its digest with it. */
interface Digested {
  readonly sha256: string;
  readonly bytes: Buffer;
}

/**
 * Stores the documents to which records refer before the records that do: the law of that day. Each is handed to the
 * log once in the life of the process.
 */
export class ContextKeeper {
  readonly #log: MessageLog;
  readonly #kept = new Set<string>();

  constructor(log: MessageLog) {
    this.#log = log;
  }

  /** @throws SealwayError `log_unavailable` */
  async keep(
    configuration: GlobalConfiguration,
    description: Digested | undefined,
    agreement: Digested | null,
  ): Promise<void> {
    if (!this.#kept.has(configuration.sha256)) await this.#keepFiles(configuration);
    if (description !== undefined) await this.#keepOne({ kind: "description", ...pick(description) });
    if (agreement !== null) await this.#keepOne({ kind: "agreement", ...pick(agreement) });
  }

  async #keepFiles(configuration: GlobalConfiguration): Promise<void> {
    const files: Record<string, string> = {};
    for (const [name, bytes] of configuration.files) {
      files[name] = toBase64Url(sha256(bytes));
      await this.#keepOne({ kind: "configuration", sha256: files[name], bytes });
    }
    const list: ConfigurationFiles = { configuration: configuration.sha256, files };
    const bytes = Buffer.from(canonicalJson({ ...list }), "utf8");
    await this.#keepOne({ kind: "configuration-files", sha256: toBase64Url(sha256(bytes)), bytes });
    this.#kept.add(configuration.sha256);
  }

  async #keepOne(document: ContextDocument): Promise<void> {
    if (this.#kept.has(document.sha256)) return;
    await this.#log.keep(document);
    this.#kept.add(document.sha256);
  }
}

function pick({ sha256, bytes }: Digested): Digested {
  return { sha256, bytes };
}
