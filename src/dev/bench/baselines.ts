import { join } from "node:path";
import { systemClock } from "../../core/clock.ts";
import { parseServerId } from "../../core/ids.ts";
import { writeCertificatesPem } from "../../pki/certificate.ts";
import { DevelopmentCa } from "../ca.ts";
import { freePort } from "../free-port.ts";
import { Child } from "./child.ts";
import { type NginxHop, nginxVersion } from "./nginx.ts";
import type { Hop, TlsMaterial } from "./pass-through.ts";

/** Two running processes between a caller and the register. */
export interface RunningHops {
  /** Origin of the first hop. */
  readonly origin: string;
  /** Process ids. */
  readonly consumer: number;
  readonly provider: number;
  close(): Promise<void>;
}

/** Keys and certificates of the kind that gateways use (P-256, TLS 1.3), from a CA of their own. */
export function newTlsMaterial(): TlsMaterial {
  const ca = new DevelopmentCa({ instance: "BENCH", clock: systemClock, ocspUrl: "http://127.0.0.1:9/" });
  const { certificate, chain, privateKey } = ca.issueTls(parseServerId("BENCH/GOV/1/ss1"), "Benchmark");
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
    cert: writeCertificatesPem([certificate, ...chain.slice(0, -1)]),
    ca: writeCertificatesPem(chain.slice(-1)),
  };
}

/** (b): the same two hops as two processes of node, mutual TLS between them and nothing else. */
export async function startPassThrough(register: string, tls: TlsMaterial): Promise<RunningHops> {
  const module = new URL("./pass-through.ts", import.meta.url);
  const provider = new Child<Hop, number>(module);
  const consumer = new Child<Hop, number>(module);
  const close = async () => {
    await Promise.all([consumer.close(), provider.close()]);
  };
  try {
    const inner = await provider.ask({ listen: "mutual-tls", next: register, tls });
    const outer = await consumer.ask({ listen: "http", next: `https://127.0.0.1:${inner}`, tls });
    return {
      origin: `http://127.0.0.1:${outer}`,
      consumer: consumer.pid,
      provider: provider.pid,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** (c): the same as two reverse proxies; undefined when nginx is not installed. */
export async function startNginxPair(
  register: string,
  tls: TlsMaterial,
  directory: string,
): Promise<RunningHops | undefined> {
  if ((await nginxVersion()) === undefined) return undefined;
  const [outer, inner] = [await freePort(), await freePort()];
  const module = new URL("./nginx-process.ts", import.meta.url);
  const provider = new Child<NginxHop, number>(module);
  const consumer = new Child<NginxHop, number>(module);
  const close = async () => {
    await Promise.all([consumer.close(), provider.close()]);
  };
  try {
    const inward: NginxHop = {
      ...{ directory: join(directory, "provider"), port: inner, listen: "mutual-tls", tls },
      next: { address: new URL(register).host, over: "http" },
    };
    const outward: NginxHop = {
      ...{ directory: join(directory, "consumer"), port: outer, listen: "http", tls },
      next: { address: `127.0.0.1:${inner}`, over: "mutual-tls" },
    };
    const pids = { provider: await provider.ask(inward), consumer: await consumer.ask(outward) };
    return { origin: `http://127.0.0.1:${outer}`, ...pids, close };
  } catch (error) {
    await close();
    throw error;
  }
}
