import { systemClock } from "../../src/core/clock.ts";
import { DevelopmentCa, type Identity } from "../../src/dev/ca.ts";

/** A development CA; its certificates are judged by nobody's OCSP here. */
export function caFor(instance: string): DevelopmentCa {
  return new DevelopmentCa({ instance, clock: systemClock, ocspUrl: "http://127.0.0.1:1/" });
}

/** Key and certificate as TLS wants them. */
export function pemOf({ certificate, privateKey }: Identity): { key: string; certificate: string } {
  const lines = certificate.der.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    certificate: `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`,
  };
}
