/** Where a message log in PostgreSQL is, and as whom it is written. Holds no secret. */
export interface PostgresPlace {
  /** Name or address; a path means the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  /** A database of its own for each log. */
  readonly database: string;
  readonly user: string;
  /** File whose first line is the password, readable by its owner only. Without it the database knows us otherwise. */
  readonly passwordFile?: string;
  /** `verified`: TLS with a certificate that names the host. */
  readonly tls: "verified" | "none";
  /** PEM of the authorities that may have issued it, instead of those that the system trusts. */
  readonly trustedCertificates?: string;
}

/** The text by which another thread finds the log. */
export function locationOf(place: PostgresPlace): string {
  return JSON.stringify(place);
}

/** @throws SyntaxError when `locationOf` did not write it */
export function parseLocation(location: string): PostgresPlace {
  return JSON.parse(location) as PostgresPlace;
}
