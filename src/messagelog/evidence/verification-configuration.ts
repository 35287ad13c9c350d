import type { ConfigurationContent } from "../../trust/global-configuration.ts";
import { partOfTarget } from "../../trust/part-pieces.ts";
import { sharedParametersXml } from "../../trust/shared-parameters.ts";
import { writePackage } from "./package-write.ts";

/** A configuration and what proves it. */
export interface ProvenConfiguration {
  readonly content: ConfigurationContent;
  /** As `GlobalConfiguration.files` names them. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Milliseconds: of when it is told. */
  readonly at: number;
  /** Milliseconds: until when it may be used. */
  readonly expiresAt: number;
}

/**
 * What X-Road's verifiers are given as `verificationconf.zip`, and beside it, below `configuration/`, the signed files of
 * which it is a rendering: metadata and parts, without the descriptions and acts of services.
 */
export function packVerificationConfiguration({
  content,
  files,
  at,
  expiresAt,
}: ProvenConfiguration): Promise<Buffer> {
  const { instance } = content.parameters;
  const folder = `verificationconf/${instance}`;
  const metadata = {
    contentIdentifier: "SHARED-PARAMETERS",
    instanceIdentifier: instance,
    expirationDate: new Date(expiresAt).toISOString(),
    contentFileName: null,
    contentLocation: "",
  };
  const packed = new Map<string, Buffer>([
    ["verificationconf/instance-identifier", Buffer.from(instance)],
    [`${folder}/shared-params.xml`, Buffer.from(sharedParametersXml(content, at))],
    [`${folder}/shared-params.xml.metadata`, Buffer.from(JSON.stringify(metadata))],
  ]);
  for (const [name, bytes] of files) if (isProof(name)) packed.set(`configuration/${name}`, bytes);
  return writePackage(packed);
}

function isProof(name: string): boolean {
  if (!name.startsWith("targets/")) return true;
  const target = name.slice("targets/".length).replace(/[0-9a-f]{64}\.([^/]+)$/, "$1");
  return partOfTarget(target) !== undefined;
}
