import { sha256 } from "../../core/bytes.ts";
import type { OpenContent, StoredOcsp } from "../../messagelog/message-store.ts";
import type { Connection } from "./database.ts";

/** A row that many records name. */
export interface Interned {
  readonly id: number;
  readonly sha256: Buffer;
}

const most = 10_000;

/**
 * Certificates and OCSP responses, each stored once and known by number. They are written outside of the transaction
 * that needs them, so that nobody waits for that; one that no record names does no harm.
 */
export class InternedRows {
  readonly #connection: Connection;
  readonly #certificates = new Map<string, Interned>();
  readonly #responses = new Map<string, Interned>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  certificate({ sha256: name, der, issuerDer }: OpenContent["certificate"]): Promise<Interned> | Interned {
    return remembered(this.#certificates, name, () =>
      this.#intern("certificates", sha256(der), {
        text: "INSERT INTO certificates (sha256, der, issuer) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        values: [der, issuerDer],
      }),
    );
  }

  ocsp(name: string, { der, thisUpdate }: Omit<StoredOcsp, "sha256">): Promise<Interned> | Interned {
    return remembered(this.#responses, name, () =>
      this.#intern("ocsp_responses", sha256(der), {
        text: "INSERT INTO ocsp_responses (sha256, this_update, der) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        values: [thisUpdate, der],
      }),
    );
  }

  async #intern(
    table: "certificates" | "ocsp_responses",
    digest: Buffer,
    insert: { readonly text: string; readonly values: readonly unknown[] },
  ): Promise<Interned> {
    await this.#connection.execute(insert.text, [digest, ...insert.values]);
    const [row] = await this.#connection.query<{ id: number }>(`SELECT id FROM ${table} WHERE sha256 = $1`, [
      digest,
    ]);
    return { id: row!.id, sha256: digest };
  }
}

function remembered(
  known: Map<string, Interned>,
  name: string,
  load: () => Promise<Interned>,
): Promise<Interned> | Interned {
  const found = known.get(name);
  if (found !== undefined) return found;
  return load().then((row) => {
    if (known.size >= most) known.clear();
    known.set(name, row);
    return row;
  });
}
