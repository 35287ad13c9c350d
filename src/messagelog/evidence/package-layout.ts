import type { ExchangeDocument } from "../../message/exchange-document.ts";
import { Remembered } from "./remembered.ts";

/*
 * Names in an evidence package, version 1 (schemas/evidence/v1/README.md). `exchange` and `head` have the names that
 * the signature gives them: validators match by name.
 */

/** The folders of messages: a request, and one of the three answers. */
export const messageFolders = ["request", "response", "refusal", "fault"] as const;
export type MessageFolder = (typeof messageFolders)[number];

export const manifestPath = "manifest.json";
export const statementPath = "STATEMENT.txt";
export const readmePath = "README.txt";
export const policyPath = "context/signature-policy.md";
export const anchorPath = "anchors/anchor.json";
export const caPath = "anchors/ca.pem";
export const tsaPath = "anchors/tsa.pem";

/** Kinds of documents below `context/`, named by their SHA-256. */
export const documentKinds = ["agreement", "purpose", "rules", "description"] as const;
export type DocumentKind = (typeof documentKinds)[number];

/** @param digest base64url SHA-256 */
export function documentPath(kind: DocumentKind, digest: string): string {
  return `context/${kind}/${Buffer.from(digest, "base64url").toString("hex")}.json`;
}

/** Where the documents are to which a message refers: a digest names one of its own kind alone. */
export function referredPaths({
  agreement,
  purpose,
  rules,
  service,
}: Pick<ExchangeDocument, "agreement" | "purpose" | "rules" | "service">): string[] {
  const digests = { agreement, purpose, rules, description: { sha256: service.sha256 } };
  return documentKinds.flatMap((kind) => {
    const digest = digests[kind]?.sha256;
    return digest == null ? [] : [documentPath(kind, digest)];
  });
}

/** The folder of one version, which is laid out as a TUF mirror. */
export function configurationFolder(version: number): string {
  return `context/configuration/${version}`;
}

/** What `head.sha256` holds in place of an absent head: a line as `sha256sum` prints it. */
export function headDigestText(digest: Buffer): string {
  return `${digest.toString("hex")}  head\n`;
}

/** Which commitment a file of `openings/` opens: `user`, `caseReference`, `permission`, `subject-0` to `subject-99`. */
export type OpeningName = "user" | "caseReference" | "permission" | `subject-${number}`;

const openingName = /^(?:user|caseReference|permission|subject-(?:0|[1-9]\d?))$/;

export function isOpeningName(text: string): text is OpeningName {
  return openingName.test(text);
}

/** What a package discloses: a commitment of the request, or `answer-0` and so on, a person whom the answer names. */
export type DisclosedName = OpeningName | `answer-${number}`;

const answerName = /^answer-(0|[1-9]\d?)$/;

export function isDisclosedName(text: string): text is DisclosedName {
  return isOpeningName(text) || answerName.test(text);
}

/** The opening of one message that a disclosed name means: who is asked about and who is answered stay apart. */
export function openingIn(message: "request" | "answer", name: DisclosedName): OpeningName | undefined {
  const place = answerName.exec(name)?.[1];
  if (message === "answer") return place === undefined ? undefined : `subject-${Number(place)}`;
  return isOpeningName(name) ? name : undefined;
}

const segment = "[A-Za-z0-9\\-._~!$&'()*+,;=:@%]{1,255}";

const safePath = new RegExp(`^${segment}(?:/${segment}){0,12}$`);

// biome-ignore format: one line a place
const places: readonly RegExp[] = [
  /^(?:manifest\.json|STATEMENT\.txt|README\.txt)$/,
  /^(?:request|response|refusal|fault)\/(?:signature\.jws\.json|exchange|head|head\.sha256|body|evidence\.ers)$/,
  /^(?:request|response|refusal|fault)\/openings\/(?:user|caseReference|permission|subject-(?:0|[1-9]\d?))\.json$/,
  /^(?:request|response|refusal|fault)\/extracted\/(?:header\.json|signing-input|signature\.bin|signer\.pem|issuer\.pem|ocsp-[1-9]\.der|tree\.txt|root\.hex|time-stamp\.tst)$/,
  /^context\/signature-policy\.md$/,
  /^context\/permission\/[0-9a-f]{64}\.(?:jws|act\.json)$/,
  /^context\/(?:agreement|purpose|rules|description)\/[0-9a-f]{64}\.json$/,
  new RegExp(`^context/configuration/[1-9]\\d{0,15}/(?:metadata|targets)(?:/${segment}){1,8}$`),
  /^anchors\/(?:anchor\.json|ca\.pem|tsa\.pem)$/,
];

/** Whether a file of this name has a place in a package. @param path attacker-controlled */
export function hasPlace(path: string): boolean {
  return placed.get(path, () => places.some((place) => place.test(path)));
}

/** Packages have most of their names in common. */
const placed = new Remembered<boolean>(1024);

/** Whether a name stays inside the folder into which it is unpacked, on every system. */
export function isSafePath(path: string): boolean {
  return safePath.test(path) && !/^[A-Za-z]:|(?:^|\/)\.{1,2}(?:\/|$)/.test(path);
}

/** The files of a folder, by their paths in it. */
export function filesBelow(files: ReadonlyMap<string, Buffer>, folder: string): Map<string, Buffer> {
  const prefix = `${folder}/`;
  const below = new Map<string, Buffer>();
  for (const path of files.keys()) {
    if (path.startsWith(prefix)) below.set(path.slice(prefix.length), files.get(path)!);
  }
  return below;
}
