import type { ServerId } from "../core/ids.ts";
import { DerError, type DerNode, primitiveTag } from "./der.ts";
import { readSequence } from "./der-reader.ts";
import * as write from "./der-writer.ts";

/** Alternative names of the kinds that Sealway uses (RFC 5280 §4.2.1.6). */
export interface AlternativeNames {
  readonly uris: readonly string[];
  readonly dnsNames: readonly string[];
  /** IPv4 in its dotted form; other addresses are left out. */
  readonly ipAddresses: readonly string[];
}

/** The URI by which a TLS certificate names its security server. */
export function serverUri(server: ServerId): string {
  return `sealway://${server}`;
}

/** Reads GeneralNames; names of other kinds are left out. */
export function readAlternativeNames(value: DerNode, path: string): AlternativeNames {
  const names = readSequence(value, path);
  const ofKind = (number: number) => names.filter((name) => name.tag === primitiveTag(number));
  return {
    uris: ofKind(6).map((name) => readAsciiName(name, path)),
    dnsNames: ofKind(2).map((name) => readAsciiName(name, path)),
    ipAddresses: ofKind(7)
      .filter((name) => name.content.length === 4)
      .map((name) => name.content.join(".")),
  };
}

/** A name in an IA5String that is compared and shown: neither control characters nor spaces. */
export function readAsciiName(name: DerNode, path: string): string {
  const text = name.content.toString("latin1");
  if (!/^[\x21-\x7e]+$/.test(text)) throw new DerError(path, "malformed name");
  return text;
}

/** GeneralNames in DER. */
export function writeAlternativeNames(names: AlternativeNames): Buffer {
  return write.sequence(
    ...names.uris.map((uri) => write.implicit(6, write.ia5String(uri))),
    ...names.dnsNames.map((name) => write.implicit(2, write.ia5String(name))),
    ...names.ipAddresses.map((address) =>
      write.implicit(7, write.octetString(Buffer.from(address.split(".").map(Number)))),
    ),
  );
}
