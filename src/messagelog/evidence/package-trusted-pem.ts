import { writePem } from "../../pki/pem.ts";
import type { ConfigurationContent } from "../../trust/global-configuration.ts";
import { caPath, tsaPath } from "./package-layout.ts";

/**
 * The certificates that plain commands trust, as files of `anchors/`: all that the configurations list.
 * @param configurations in ascending versions
 */
export function trustedPem(configurations: readonly ConfigurationContent[]): ReadonlyMap<string, Buffer> {
  const list = (name: "certificationAuthorities" | "timestampingAuthorities") =>
    pemOf(configurations.flatMap((content) => content[name].map(({ certificate }) => certificate)));
  return new Map([
    [caPath, list("certificationAuthorities")],
    [tsaPath, list("timestampingAuthorities")],
  ]);
}

/** @param ders maybe with repetitions */
function pemOf(ders: readonly Buffer[]): Buffer {
  const distinct = new Map(ders.map((der) => [der.toString("base64"), der]));
  return Buffer.from([...distinct.values()].map((der) => writePem("CERTIFICATE", der)).join(""));
}
