import { join } from "node:path";
import { openReader } from "../../../src/assembly/log-store.ts";
import { sha256 } from "../../../src/core/bytes.ts";
import { type ExchangeDocument, parseExchange } from "../../../src/message/exchange-document.ts";
import { type Head, parseHead } from "../../../src/message/head.ts";
import { parseSignature, verifySignatureValue } from "../../../src/message/signature-profile.ts";
import { loadMasterKey } from "../../../src/messagelog/master-key.ts";
import type { LogReader, StoredRecord } from "../../../src/messagelog/message-store.ts";
import { decryptHead } from "../../../src/messagelog/sealed-head.ts";
import { type KeyVault, openVault } from "../../../src/messagelog/vault.ts";
import { parseCertificate } from "../../../src/pki/certificate.ts";
import { checkChains } from "../../messagelog/check-chains.ts";

/** One record of a log, read back: its signature and digests hold, or reading it fails. */
export interface LoggedMessage {
  readonly record: StoredRecord;
  readonly document: ExchangeDocument;
  readonly head: Head;
  /** `sent request`, `received response`, … */
  readonly what: string;
}

/** The log of one server, read beside its writer. */
export class LoggedMessages {
  readonly #log: LogReader;
  readonly #vault: KeyVault;

  private constructor(log: LogReader, vault: KeyVault) {
    this.#log = log;
    this.#vault = vault;
  }

  /** @param log closed with this; SQLite's unless told */
  static async open(stateDirectory: string, log = openReader({ stateDirectory })): Promise<LoggedMessages> {
    const masterKey = await loadMasterKey(join(stateDirectory, "master.key"));
    const vault = await openVault(join(stateDirectory, "vault"), masterKey);
    return new LoggedMessages(log, vault);
  }

  /** How many records there are. */
  async count(): Promise<number> {
    return (await this.#log.writers()).reduce((sum, { number }) => sum + number, 0);
  }

  /**
   * The records behind the first `count`, oldest first.
   * @throws Error when a record does not verify
   */
  async after(count: number): Promise<LoggedMessage[]> {
    const messages: LoggedMessage[] = [];
    let skip = count;
    for (const { writer, number } of await this.#log.writers()) {
      const first = skip + 1;
      skip = Math.max(0, skip - number);
      if (first > number) continue;
      for await (const records of this.#log.records({ writer, first, last: number })) {
        for (const record of records) messages.push(await this.#read(record));
      }
    }
    return messages;
  }

  /** What is wrong with the chains; nothing in a good log. */
  async findings(): Promise<string[]> {
    const found: string[] = [];
    for await (const { finding, number } of checkChains(this.#log)) found.push(`${number}: ${finding}`);
    return found;
  }

  close(): void {
    this.#log.close();
  }

  async #read(record: StoredRecord): Promise<LoggedMessage> {
    const key = await this.#vault.find(record.head.keyId);
    if (key.state !== "present") throw new Error(`the key of a head is ${key.state}`);
    const head = decryptHead(key.key, record.head, record);
    if (head === undefined) throw new Error("a head does not decrypt");
    checkSignature(record, head);
    const document = parseExchange(record.exchange);
    return { record, document, head: parseHead(head), what: `${record.direction} ${record.type}` };
  }
}

/** What openssl would check: value, key, and the digests of both objects. */
function checkSignature({ signature, certificate, exchange }: StoredRecord, head: Buffer): void {
  const parsed = parseSignature(signature);
  verifySignatureValue(parsed, parseCertificate(certificate.der));
  const digests = [sha256(exchange), sha256(head)].map((digest) => digest.toString("base64url"));
  if (digests[0] !== parsed.header.exchange || digests[1] !== parsed.header.head)
    throw new Error("a signature is about other bytes");
}
