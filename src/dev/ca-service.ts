import type { Clock } from "../core/clock.ts";
import { SealwayError } from "../core/errors.ts";
import { type Certificate, writeCertificatesPem } from "../pki/certificate.ts";
import { type CertificateRequest, verifyCertificateRequest } from "../pki/certificate-request.ts";
import { DerError } from "../pki/der.ts";
import { oids } from "../pki/oids.ts";
import type { Identity } from "./ca.ts";
import { type CertificateTemplate, issueCertificate } from "./certificate-issue.ts";
import {
  type RunningService,
  type ServiceAnswer,
  type ServiceKnobs,
  type ServiceRequest,
  startTrustService,
  textAnswer,
} from "./trust-service-server.ts";

export interface CaServiceOptions {
  readonly port: number;
  readonly clock: Clock;
  readonly root: Certificate;
  readonly issuing: Identity;
  /** The responder that issued certificates name. */
  readonly ocspUrl: string;
}

type Profile = Pick<CertificateTemplate, "keyUsage" | "extendedKeyUsage">;

const profiles: { readonly [path: string]: Profile } = {
  "/certificates/seal": { keyUsage: ["nonRepudiation"] },
  "/certificates/tls": {
    keyUsage: ["digitalSignature"],
    extendedKeyUsage: { critical: "optional", oids: [oids.serverAuth, oids.clientAuth] },
  },
};

const hour = 3_600_000;
const year = 365 * 24 * hour;

/**
 * Starts the development CA's desk on loopback: `GET /root.pem` and `/issuing.pem`, and `POST /certificates/seal`
 * and `/certificates/tls` with a PKCS#10 request in DER, answered by the certificate in DER. It certifies
 * whatever it is asked for.
 */
export function startCaService(options: CaServiceOptions): Promise<RunningService<ServiceKnobs>> {
  const respond = async (request: ServiceRequest) => answer(request, options);
  return startTrustService({ port: options.port, knobs: { slowMs: 0, fault: "none" }, faults: [], respond });
}

function answer({ method, target, body }: ServiceRequest, options: CaServiceOptions): ServiceAnswer {
  const shown: { readonly [path: string]: Certificate } = {
    "/root.pem": options.root,
    "/issuing.pem": options.issuing.certificate,
  };
  const certificate = shown[target];
  if (method === "GET" && certificate !== undefined) {
    const pem = Buffer.from(writeCertificatesPem([certificate]));
    return { status: 200, contentType: "application/x-pem-file", body: pem };
  }
  const profile = profiles[target];
  if (method !== "POST" || profile === undefined) {
    const paths = [...Object.keys(shown), ...Object.keys(profiles)];
    return textAnswer(404, `there are ${paths.join(", ")}`);
  }
  try {
    const { der } = certify(verifyCertificateRequest(body), profile, options);
    return { status: 200, contentType: "application/pkix-cert", body: der };
  } catch (error) {
    if (error instanceof DerError || error instanceof SealwayError) return textAnswer(400, error.message);
    throw error;
  }
}

function certify(request: CertificateRequest, profile: Profile, options: CaServiceOptions): Certificate {
  const { subject, publicKey, alternativeNames } = request;
  const { uris, dnsNames, ipAddresses } = alternativeNames;
  const named = uris.length + dnsNames.length + ipAddresses.length > 0;
  const now = options.clock.now();
  return issueCertificate(
    {
      ...profile,
      subject,
      publicKey,
      ...(named && { alternativeNames }),
      notBefore: now - hour,
      notAfter: now + year,
      ocspUrl: options.ocspUrl,
    },
    options.issuing,
  );
}
