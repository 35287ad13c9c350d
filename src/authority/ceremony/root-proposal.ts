import { DocumentError } from "../../trust/document-error.ts";
import type { InstancePurpose } from "../../trust/global-configuration.ts";
import { parseRoot, type TrustedRoot } from "../../trust/signed-metadata.ts";
import { composeRoot, type RootRoles } from "../sign-metadata.ts";
import { type OnlineRole, onlineRoles, type PublicRoleKey, publicRoleKey } from "../signing-keys.ts";
import { type RootContent, readRootContent } from "./root-content.ts";

/** Signatures of holders that a root takes, where nobody says otherwise. */
export const usualThreshold = 2;

/** A root that is to follow, on its way from holder to holder; its signatures are added to it. */
export interface RootProposal {
  readonly instance: string;
  readonly purpose: InstancePurpose;
  /** The root in force; undefined for the first one of an instance. */
  readonly current: TrustedRoot | undefined;
  readonly next: Buffer;
}

/** What the next root changes. */
export interface RootChange {
  /** The new keys of the roles that get one. */
  readonly online: Readonly<Partial<Record<OnlineRole, PublicRoleKey>>>;
  /** Who holds the root from then on; undefined leaves it. */
  readonly holders: readonly PublicRoleKey[] | undefined;
  readonly threshold: number | undefined;
}

interface ProposalFile {
  readonly v: 1;
  readonly instance: string;
  readonly purpose: InstancePurpose;
  readonly current: object | null;
  readonly next: object;
}

const longestFile = 1_000_000;

/**
 * Composes the root that follows.
 * @param now milliseconds since the epoch
 * @throws DocumentError when it changes nothing, or no number of its holders could ever sign its successor
 */
export function proposeRoot(
  authority: Pick<RootProposal, "instance" | "purpose" | "current">,
  change: RootChange,
  now: number,
): RootProposal {
  const before = authority.current && readRootContent(authority.current.bytes);
  const roles = rolesAfter(before, change);
  const next = composeRoot((authority.current?.version ?? 0) + 1, now, roles);
  return { ...authority, next };
}

function rolesAfter(before: RootContent | undefined, change: RootChange): RootRoles {
  const holders = change.holders ?? before?.roles.root.keys ?? [];
  const threshold = change.threshold ?? before?.roles.root.threshold ?? usualThreshold;
  const distinct = new Set(holders.map(({ id }) => id)).size;
  if (distinct !== holders.length) throw refused("a holder is named twice");
  if (threshold < 1 || threshold > distinct)
    throw refused(`${threshold} of ${distinct} holders cannot sign: name more holders, or a lower threshold`);
  const keysOf = (role: OnlineRole): readonly PublicRoleKey[] => {
    const changed = change.online[role];
    const keys = changed === undefined ? before?.roles[role].keys : [changed];
    if (keys === undefined) throw refused(`the first root needs a key for ${role}`);
    return keys;
  };
  const [targets, snapshot, timestamp] = onlineRoles.map(keysOf);
  return {
    root: holders,
    threshold,
    online: { targets: targets!, snapshot: snapshot!, timestamp: timestamp! },
  };
}

/** What a proposal changes, a line each, as a holder reads it before signing. */
export function describeProposal({ instance, purpose, current, next }: RootProposal): readonly string[] {
  const after = readRootContent(next);
  const before = current && readRootContent(current.bytes);
  const lines = [
    before === undefined
      ? `The first root of ${instance} (${purpose}), valid until ${after.expires}.`
      : `Root ${after.version} of ${instance} (${purpose}), which follows root ${before.version}, valid until ${after.expires}.`,
    `It takes ${after.roles.root.threshold} signatures of ${after.roles.root.keys.length} holders` +
      (before === undefined ? "." : `; root ${before.version} took ${before.roles.root.threshold}.`),
  ];
  for (const role of ["root", ...onlineRoles] as const) {
    const known = new Set(before?.roles[role].keys.map(({ id }) => id));
    const named = new Set(after.roles[role].keys.map(({ id }) => id));
    for (const id of named) lines.push(`${role}: ${known.has(id) ? "keeps" : "NEW  "} ${id}`);
    for (const id of known) if (!named.has(id)) lines.push(`${role}: ENDS  ${id}`);
  }
  return lines;
}

/**
 * Reads a proposal, which may have come by any way.
 * @param document how messages name it
 * @throws DocumentError
 */
export function parseProposal(bytes: Buffer, document: string): RootProposal {
  if (bytes.length > longestFile) throw new DocumentError(document, "", `longer than ${longestFile} bytes`);
  try {
    const { v, instance, purpose, current, next } = JSON.parse(bytes.toString("utf8")) as ProposalFile;
    if (v !== 1 || typeof instance !== "string") throw new Error("not a proposal of version 1");
    if (purpose !== "production" && purpose !== "demonstration") throw new Error("of no known purpose");
    const root = current === null ? undefined : parseRoot(Buffer.from(JSON.stringify(current)));
    const nextBytes = Buffer.from(JSON.stringify(next));
    const { version } = readRootContent(nextBytes);
    if (version !== (root?.version ?? 0) + 1) throw new Error(`root ${version} does not follow`);
    return { instance, purpose, current: root, next: nextBytes };
  } catch (cause) {
    throw new DocumentError(document, "", `not a proposal of a root: ${(cause as Error).message}`, { cause });
  }
}

export function writeProposal({ instance, purpose, current, next }: RootProposal): Buffer {
  const json = (bytes: Buffer) => JSON.parse(bytes.toString("utf8"));
  const file = { v: 1, instance, purpose, current: current ? json(current.bytes) : null, next: json(next) };
  return Buffer.from(`${JSON.stringify(file, undefined, 2)}\n`);
}

/** A holder's public key as a file has it. */
export function writeHolder({ publicKey }: PublicRoleKey): Buffer {
  return Buffer.from(`${JSON.stringify(publicKey)}\n`);
}

/** @throws DocumentError when it is none */
export function parseHolder(bytes: Buffer, document: string): PublicRoleKey {
  try {
    return publicRoleKey(JSON.parse(bytes.toString("utf8")).keyval.public);
  } catch (cause) {
    throw new DocumentError(document, "", "not the public key of a holder (Ed25519)", { cause });
  }
}

function refused(problem: string): DocumentError {
  return new DocumentError("the next root", "", problem);
}
