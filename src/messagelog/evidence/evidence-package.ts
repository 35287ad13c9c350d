import { readFileSync } from "node:fs";
import { canonicalJson } from "../../core/canonical-json.ts";
import type { Opening } from "../../message/commitment.ts";
import { type ExchangeDocument, parseExchange } from "../../message/exchange-document.ts";
import { type Anchor, writeAnchor } from "../../trust/anchor.ts";
import type { ConfigurationContent } from "../../trust/global-configuration.ts";
import { verifyArchivedConfiguration } from "../../trust/verify-archived-configuration.ts";
import { extracts } from "./package-extracts.ts";
import { readFacts } from "./package-facts.ts";
import {
  anchorPath,
  configurationFolder,
  type DocumentKind,
  documentPath,
  headDigestText,
  type MessageFolder,
  manifestPath,
  type OpeningName,
  policyPath,
  readmePath,
  statementPath,
} from "./package-layout.ts";
import { fileEntry, type Manifest, serializeManifest } from "./package-manifest.ts";
import { readmeText } from "./package-readme.ts";
import { statementText } from "./package-statement.ts";
import { trustedPem } from "./package-trusted-pem.ts";
import { writePackage } from "./package-write.ts";

/** Everything that goes into a package; nothing is read from elsewhere but the signature policy. */
export interface EvidenceParts {
  readonly anchor: Anchor;
  /** Each as `GlobalConfiguration.files` names its files: those that the messages name, and maybe newer ones. */
  readonly configurations: readonly ReadonlyMap<string, Buffer>[];
  readonly documents: readonly InForce[];
  /** By their paths: the statements of the permission by which the answer was given, and maybe the person's act. */
  readonly permission?: ReadonlyMap<string, Buffer>;
  /** The request, then its answer; one of them may be missing. */
  readonly messages: readonly MessageParts[];
}

/** A document in force; `sha256` as messages refer to it, base64url. */
export interface InForce {
  readonly kind: DocumentKind;
  readonly sha256: string;
  readonly bytes: Buffer;
}

export interface MessageParts {
  /** The frozen bytes. */
  readonly signatureFile: Buffer;
  readonly exchange: Buffer;
  readonly head: HeadPart;
  /** Undefined when it was not kept, or there is none. */
  readonly body: Buffer | undefined;
  /** DER (RFC 4998), over signature file, exchange and maybe head. */
  readonly evidenceRecord: Buffer;
}

export type HeadPart =
  | { readonly state: "present"; readonly bytes: Buffer }
  | {
      readonly state: "withheld" | "erased";
      /** As the signature has it. */
      readonly sha256: Buffer;
      readonly openings: ReadonlyMap<OpeningName, Opening>;
    };

const policy = new URL("../../../schemas/exchange/v1/signature-policy.md", import.meta.url);

/**
 * Puts a package together. Equal parts make equal bytes.
 * @throws SealwayError for an exchange document that cannot be read
 * @throws RangeError for parts that no package can be made of: a message without readable signature or time,
 *   messages of different exchanges
 */
export async function buildEvidencePackage(parts: EvidenceParts): Promise<Buffer> {
  const files = new Map<string, Buffer>();
  const documents = parts.messages.map(({ exchange }) => parseExchange(exchange));
  for (const [i, message] of parts.messages.entries()) addMessage(files, folderOf(documents[i]!), message);
  files.set(policyPath, readFileSync(policy));
  for (const { kind, sha256, bytes } of parts.documents) files.set(documentPath(kind, sha256), bytes);
  for (const [path, bytes] of parts.permission ?? []) files.set(path, bytes);
  const versions = addConfigurations(files, parts);
  const [first] = documents;
  if (first === undefined || documents.some(({ id }) => id !== first.id)) {
    throw new RangeError("a package holds the messages of one exchange");
  }
  const described = {
    instance: first.instance,
    purpose: parts.anchor.purpose,
    exchangeId: first.id,
    messages: parts.messages.map(({ head, body }, i) => ({
      folder: folderOf(documents[i]!),
      head: head.state,
      body: body === undefined ? ("absent" as const) : ("present" as const),
    })),
  };
  const facts = readFacts(described, files);
  if (facts === undefined) throw new RangeError("a message has no signature or no time that can be read");
  files.set(statementPath, Buffer.from(statementText(facts)));
  files.set(readmePath, Buffer.from(readmeText(facts)));
  return writePackage(inOrder(files, { v: 1, ...described, configurations: versions }));
}

function folderOf({ type }: ExchangeDocument): MessageFolder {
  if (type === "message" || type === "receipt") throw new RangeError(`no package has a ${type}`);
  return type;
}

function addMessage(files: Map<string, Buffer>, folder: MessageFolder, message: MessageParts): void {
  const { signatureFile, exchange, head, body, evidenceRecord } = message;
  files.set(`${folder}/signature.jws.json`, signatureFile);
  files.set(`${folder}/exchange`, exchange);
  files.set(`${folder}/evidence.ers`, evidenceRecord);
  if (body !== undefined) files.set(`${folder}/body`, body);
  for (const [name, bytes] of extracts(signatureFile, evidenceRecord)) {
    files.set(`${folder}/extracted/${name}`, bytes);
  }
  if (head.state === "present") {
    files.set(`${folder}/head`, head.bytes);
    return;
  }
  files.set(`${folder}/head.sha256`, Buffer.from(headDigestText(head.sha256)));
  for (const [name, opening] of head.openings) {
    files.set(`${folder}/openings/${name}.json`, Buffer.from(canonicalJson({ ...opening })));
  }
}

function addConfigurations(files: Map<string, Buffer>, { configurations, anchor }: EvidenceParts): number[] {
  const contents: ConfigurationContent[] = [];
  for (const archived of configurations) {
    const { configuration, findings } = verifyArchivedConfiguration(archived, anchor);
    if (configuration === undefined) {
      const invalid = findings.find(({ result }) => result === "invalid");
      throw new RangeError(`a configuration does not follow from the anchor: ${invalid?.detail}`);
    }
    contents.push(configuration.content);
    const folder = configurationFolder(configuration.content.version);
    for (const [path, bytes] of archived) files.set(`${folder}/${path}`, bytes);
  }
  files.set(anchorPath, writeAnchor(anchor));
  contents.sort((a, b) => a.version - b.version);
  for (const [path, bytes] of trustedPem(contents)) files.set(path, bytes);
  return contents.map(({ version }) => version);
}

function inOrder(
  files: ReadonlyMap<string, Buffer>,
  described: Omit<Manifest, "files">,
): Map<string, Buffer> {
  const texts = [statementPath, readmePath];
  const others = [...files.keys()].filter((path) => !texts.includes(path)).sort();
  const ordered = [...texts, ...others].map((path) => [path, files.get(path)!] as const);
  const entries = ordered.map(([path, bytes]) => fileEntry(path, bytes));
  return new Map([[manifestPath, serializeManifest({ ...described, files: entries })], ...ordered]);
}
