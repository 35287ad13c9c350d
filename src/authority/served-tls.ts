import { readFile } from "node:fs/promises";
import type { Server } from "node:http";
import type { Server as TlsServer } from "node:https";

/** Certificate chain and key of an HTTPS port, PEM files; another program may replace both while they are in use. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
}

/** Milliseconds between looks at the files. */
const lookEvery = 60_000;

export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
}

export async function readTls({ certificate, key }: TlsFiles): Promise<TlsMaterial> {
  return { cert: await readFile(certificate), key: await readFile(key) };
}

/**
 * Has a server show what the files hold, a minute after they were replaced. Files that do not fit each other, as in the
 * moment between the two, change nothing.
 * @returns what ends it
 */
export function followTls(
  server: Server,
  files: TlsFiles,
  before: TlsMaterial,
  every = lookEvery,
): () => void {
  let shown = before;
  const look = async () => {
    const now = await readTls(files);
    if (now.cert.equals(shown.cert) && now.key.equals(shown.key)) return;
    (server as unknown as TlsServer).setSecureContext({ ...now, minVersion: "TLSv1.2" });
    shown = now;
  };
  const timer = setInterval(() => void look().catch(() => undefined), every);
  timer.unref();
  return () => clearInterval(timer);
}
