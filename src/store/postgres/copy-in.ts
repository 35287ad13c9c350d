/*
 * COPY … FROM STDIN (FORMAT binary): rows travel as they are stored, neither quoted nor parsed. One message for all of
 * them; see "Binary Format" of COPY in PostgreSQL's manual.
 */

/** What `pg` calls while it runs a statement of its own kind. */
export interface CopyConnection {
  query(text: string): void;
  sendCopyFromChunk(bytes: Buffer): void;
  endCopyFrom(): void;
}

/** A statement that sends rows; given to `Client.query`. */
export class CopyIn {
  readonly #text: string;
  readonly #rows: Buffer;
  readonly #done: (error?: Error) => void;

  /** @param rows what `CopyRows` made @param done called once */
  constructor(text: string, rows: Buffer, done: (error?: Error) => void) {
    this.#text = text;
    this.#rows = rows;
    this.#done = done;
  }

  submit(connection: CopyConnection): void {
    connection.query(this.#text);
  }

  handleCopyInResponse(connection: CopyConnection): void {
    connection.sendCopyFromChunk(this.#rows);
    connection.endCopyFrom();
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#done();
  }

  handleError(error: Error): void {
    this.#done(error);
  }
}

const header = Buffer.concat([Buffer.from("PGCOPY\n\xff\r\n\0", "latin1"), Buffer.alloc(8)]);

/** Encodes rows one behind the other, field by field in the order of the columns. */
export class CopyRows {
  #bytes: Buffer;
  #end = header.length;

  /** @param size about how many bytes there will be */
  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafe(header.length + size + 1024);
    this.#bytes.set(header, 0);
  }

  /** @param fields how many follow */
  begin(fields: number): void {
    this.#room(2);
    this.#end = this.#bytes.writeInt16BE(fields, this.#end);
  }

  integer(value: number): void {
    this.#begin(4);
    this.#end = this.#bytes.writeInt32BE(value, this.#end);
  }

  bigint(value: number): void {
    this.#begin(8);
    this.#end = this.#bytes.writeBigInt64BE(BigInt(value), this.#end);
  }

  bytes(value: Buffer): void {
    this.#begin(value.length);
    this.#bytes.set(value, this.#end);
    this.#end += value.length;
  }

  text(value: string): void {
    this.#room(4 + 3 * value.length);
    const written = this.#bytes.write(value, this.#end + 4);
    this.#bytes.writeInt32BE(written, this.#end);
    this.#end += 4 + written;
  }

  /** All of it; nothing may be added afterwards. */
  finish(): Buffer {
    this.#room(2);
    this.#end = this.#bytes.writeInt16BE(-1, this.#end);
    return this.#bytes.subarray(0, this.#end);
  }

  #begin(length: number): void {
    this.#room(4 + length);
    this.#end = this.#bytes.writeInt32BE(length, this.#end);
  }

  #room(length: number): void {
    if (this.#bytes.length - this.#end >= length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#end + length));
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
  }
}
