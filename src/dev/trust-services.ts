import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import { parseCertificatesPem } from "../pki/certificate.ts";
import { loadKeyFile } from "../pki/key-file.ts";
import type { DevelopmentCa, Identity } from "./ca.ts";
import { startCaService } from "./ca-service.ts";
import { type OcspKnobs, startOcspResponder } from "./ocsp-responder.ts";
import { startTimestampAuthority, type TimestampKnobs } from "./timestamp-authority.ts";
import type { RunningService, ServiceKnobs } from "./trust-service-server.ts";

/** Who the trust services of an instance are. */
export interface TrustIdentities {
  readonly root: Identity;
  readonly issuing: Identity;
  readonly ocsp: Identity;
  readonly tsa: Identity;
}

/** TCP ports on loopback; 0 takes a free one. */
export interface TrustPorts {
  readonly ca: number;
  readonly ocsp: number;
  readonly tsa: number;
}

export const defaultTrustPorts: TrustPorts = { ca: 8888, ocsp: 8889, tsa: 8899 };

/** The running services of an instance, each with its knobs. */
export interface TrustServices {
  readonly ca: RunningService<ServiceKnobs>;
  readonly ocsp: RunningService<OcspKnobs>;
  readonly tsa: RunningService<TimestampKnobs>;
  close(): Promise<void>;
}

/** Starts CA, OCSP responder and time-stamping authority on loopback, as one component. */
export async function startTrustServices(
  identities: TrustIdentities,
  clock: Clock,
  ports: TrustPorts = defaultTrustPorts,
): Promise<TrustServices> {
  const { root, issuing, tsa } = identities;
  const running: { close(): Promise<void> }[] = [];
  const close = async () => {
    await Promise.all(running.map((service) => service.close()));
  };
  const started = async <Service extends { close(): Promise<void> }>(starting: Promise<Service>) => {
    const service = await starting;
    running.push(service);
    return service;
  };
  try {
    const authorities = [
      // What is said of the TSA stands in every evidence record: signed by the CA itself, it needs no delegate's certificate.
      { issuer: issuing.certificate, certificates: [tsa.certificate], signer: issuing },
      { issuer: issuing.certificate, signer: identities.ocsp },
      { issuer: root.certificate, signer: root },
    ];
    const ocsp = await started(startOcspResponder({ port: ports.ocsp, clock, authorities }));
    const timestamps = await started(startTimestampAuthority({ port: ports.tsa, clock, identity: tsa }));
    const desk = { port: ports.ca, clock, root: root.certificate, issuing, ocspUrl: ocsp.url };
    return { ca: await started(startCaService(desk)), ocsp, tsa: timestamps, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The identities of a CA that lives in this process; each call issues new OCSP and TSA certificates. */
export function newTrustIdentities(ca: DevelopmentCa): TrustIdentities {
  return { root: ca.root, issuing: ca.issuing, ocsp: ca.issueOcspSigner(), tsa: ca.issueTimestamping() };
}

/**
 * Loads the identities that `certs-dev/generate.ts` wrote.
 * @param directory its `trust-services`
 * @throws SealwayError `signer_unavailable` when a key cannot be used; errors of the file system as they are
 */
export async function loadTrustIdentities(directory: string, passphrase: string): Promise<TrustIdentities> {
  const load = async (name: string): Promise<Identity> => {
    const [certificate, ...chain] = parseCertificatesPem(
      await readFile(join(directory, `${name}.cert.pem`), "utf8"),
    );
    const privateKey = await loadKeyFile(join(directory, `${name}.key.pem`), passphrase);
    return { certificate: certificate!, privateKey, chain };
  };
  const root = await load("root-ca");
  const belowRoot = async (name: string): Promise<Identity> => {
    const identity = await load(name);
    return { ...identity, chain: [...identity.chain, root.certificate] };
  };
  return {
    root,
    issuing: await belowRoot("issuing-ca"),
    ocsp: await belowRoot("ocsp"),
    tsa: await belowRoot("tsa"),
  };
}
