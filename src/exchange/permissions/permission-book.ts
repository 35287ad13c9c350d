import type { KeyObject } from "node:crypto";
import { sha256Base64Url } from "../../core/bytes.ts";
import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import { type MemberId, memberOf } from "../../core/ids.ts";
import { randomOctets } from "../../core/random.ts";
import { uuidV7 } from "../../core/uuid.ts";
import { commit } from "../../message/commitment.ts";
import { type StatementPayload, signStatement } from "../../message/signed-statement.ts";
import type { MessageLog } from "../../messagelog/message-record.ts";
import type { Signer } from "../../pki/signer.ts";
import { checkRevision } from "../../policy/permissions/check-revision.ts";
import {
  checkPermission,
  type Permission,
  partiesOf,
  permissionType,
  readPermission,
} from "../../policy/permissions/permission.ts";
import type { PermissionStore, StoredRevision } from "../../policy/permissions/permission-store.ts";
import {
  type NamedPerson,
  type PermissionSecret,
  type PermissionVault,
  permissionKey,
  personTag,
  secretOfRevision,
} from "./permission-secret.ts";
import { storedRevision } from "./stored-revision.ts";

/** With what a provider's member signs and commits. */
export interface ProviderSeal {
  readonly signer: Signer;
  readonly commitmentKey: KeyObject;
}

export interface PermissionBookParts {
  readonly store: PermissionStore;
  readonly vault: PermissionVault;
  readonly log: Pick<MessageLog, "keep">;
  readonly seals: ReadonlyMap<MemberId, ProviderSeal>;
  readonly clock: Clock;
  instance(): string;
}

/** The `typ` of the signed statement that what names the person of a permission was erased. */
export const permissionErasureType = "sealway-permission-erasure+jws";

/** A permission with all that is known of it here. */
export interface HeldPermission {
  readonly permission: Permission;
  /** Oldest first; the last one is `permission`. */
  readonly revisions: readonly Permission[];
  /** The newest revision as it was signed. */
  readonly signed: Buffer;
  readonly secret: PermissionSecret;
}

/** What a first revision says beside what the book adds. */
export type NewPermission = Omit<
  Permission,
  "v" | "instance" | "time" | "id" | "revision" | "previous" | "person" | "reason"
>;

/** What a further revision changes. */
export type PermissionChange = Pick<Permission, "state"> &
  Partial<Pick<Permission, "act" | "reason" | "representation" | "validity">>;

/** What proves a further revision; who acted for the person stays unless it says so. */
export type RevisionProof = Pick<PermissionSecret, "text" | "token" | "key"> &
  Partial<Pick<PermissionSecret, "power" | "representative">>;

/**
 * The permissions by which those disclose who are served here. A revision counts from the moment the store has it; before that
 * it is signed and in the log, so that nothing counts of which there is no evidence.
 */
export class PermissionBook {
  readonly store: PermissionStore;
  readonly #parts: PermissionBookParts;

  constructor(parts: PermissionBookParts) {
    this.#parts = parts;
    this.store = parts.store;
  }

  /** @throws SealwayError `log_unavailable` when the vault cannot be had */
  async tagOf(member: MemberId, person: NamedPerson): Promise<Buffer> {
    return personTag((await this.#key(member, "permission-tags", 0)).key, person);
  }

  /**
   * All of a permission; undefined when there is none. A request whose time has passed has ended: nobody says so, and the
   * first who looks finds it ended.
   * @throws SealwayError `internal_error` when it cannot be read
   */
  async held(id: string): Promise<HeldPermission | undefined> {
    const held = await this.#read(id);
    if (held === undefined || !this.#hasLapsed(held.permission)) return held;
    const ended = { state: "ended", reason: "request-lapsed" } as const;
    return this.revise(held, ended, { text: null, token: null, key: null }).catch((error) => {
      if (error instanceof SealwayError && error.code === "permission_state") return this.#read(id);
      throw error;
    });
  }

  /** The same as it is now. */
  async current(permission: Permission): Promise<Permission> {
    return this.#hasLapsed(permission) ? (await this.held(permission.id))!.permission : permission;
  }

  /**
   * Erases what names the person, and proves the act, of a permission that is over. What was signed stays: it names nobody.
   * @throws SealwayError `permission_state` for one that is in force or waits
   */
  async erase(
    { permission, signed }: Pick<HeldPermission, "permission" | "signed">,
    officer: string,
    why: string,
  ): Promise<void> {
    const { id, revision } = permission;
    if (!isOver(permission, this.#parts.clock.now()))
      throw new SealwayError("permission_state", "permission: it is not over");
    const { signer } = this.#sealOf(memberOf(partiesOf(permission).discloser));
    const { time, instance } = this.#moment();
    const statement = sha256Base64Url(signed);
    const erasure = { ...{ instance, time, permission: id, revision, statement }, officer, why };
    const bytes = await signStatement(signer, permissionErasureType, erasure);
    await this.#parts.log.keep({ kind: "permission-erasure", sha256: sha256Base64Url(bytes), bytes });
    await this.store.erase(id, randomOctets(32));
  }

  #hasLapsed({ state, validity }: Permission): boolean {
    return state === "requested" && validity.to <= this.#parts.clock.now();
  }

  async #read(id: string): Promise<HeldPermission | undefined> {
    const stored = await this.store.revisions(id);
    const last = stored.at(-1);
    if (last === undefined) return undefined;
    const revisions = stored.map(({ document }) => readPermission(document));
    const permission = revisions.at(-1)!;
    const secret = last.secret.length === 0 ? erasedSecret(permission) : await this.#secretOf(last);
    return { permission, revisions, signed: last.signed, secret };
  }

  /** Makes a permission. @param text that was shown, and what proves the act: kept with it */
  begin(terms: NewPermission, secret: PermissionSecret, id = this.newId()): Promise<HeldPermission> {
    const { commitmentKey } = this.#sealOf(memberOf(partiesOf(terms).discloser));
    const { scheme, value } = secret.person;
    const first: Permission = {
      ...terms,
      ...this.#moment(),
      ...{ id, revision: 1, previous: null, reason: null },
      person: commit(commitmentKey, id, "permission", 0, scheme, value).commitment,
    };
    return this.#add(first, [], secret);
  }

  /**
   * Adds a revision.
   * @param held as it was when the act was asked for
   * @throws SealwayError `permission_state` when it may not follow, or another one came before it
   */
  revise(held: HeldPermission, change: PermissionChange, proof: RevisionProof): Promise<HeldPermission> {
    const before = held.permission;
    const next: Permission = {
      ...before,
      ...{ act: null, reason: null, ...change },
      ...this.#moment(),
      revision: before.revision + 1,
      previous: sha256Base64Url(held.signed),
    };
    return this.#add(next, held.revisions, { ...held.secret, ...proof });
  }

  newId(): string {
    return uuidV7(this.#parts.clock.now());
  }

  #moment(): Pick<Permission, "v" | "instance" | "time"> {
    return { v: 1, instance: this.#parts.instance(), time: this.#parts.clock.now() };
  }

  async #add(
    next: Permission,
    before: readonly Permission[],
    secret: PermissionSecret,
  ): Promise<HeldPermission> {
    checkPermission(next);
    checkRevision(next, before.at(-1));
    const member = memberOf(partiesOf(next).discloser);
    const tag = await this.tagOf(member, secret.person);
    const key = await this.#key(member, "permission", next.time);
    const payload = next as unknown as StatementPayload;
    const signed = await signStatement(this.#sealOf(member).signer, permissionType, payload);
    await this.#parts.log.keep({ kind: "permission", sha256: sha256Base64Url(signed), bytes: signed });
    const isAdded = await this.store.add(storedRevision({ permission: next, signed, secret }, tag, key));
    if (!isAdded) throw new SealwayError("permission_state", "permission: another act came before this one");
    return { permission: next, revisions: [...before, next], signed, secret };
  }

  async #secretOf(revision: StoredRevision): Promise<PermissionSecret> {
    const found = await secretOfRevision(this.#parts.vault, revision);
    if (found.state !== "present")
      throw new SealwayError("internal_error", `what names the person of a permission is ${found.state}`);
    return found.secret;
  }

  async #key(member: MemberId, part: "permission" | "permission-tags", time: number) {
    try {
      return await permissionKey(this.#parts.vault, member, part, time);
    } catch (cause) {
      throw new SealwayError("log_unavailable", "the key vault cannot be written", { cause });
    }
  }

  #sealOf(member: MemberId): ProviderSeal {
    const seal = this.#parts.seals.get(member);
    if (seal === undefined) throw new SealwayError("unknown_member", `${member} is not served here`);
    return seal;
  }
}

/** Whether a permission neither waits nor is in force, nor will be. @param now milliseconds */
export function isOver({ state, validity }: Permission, now: number): boolean {
  return state !== "requested" && (state !== "active" || validity.to <= now);
}

/** Of nobody: no identifier is normalised to an empty one. */
function erasedSecret({ person: { scheme } }: Permission): PermissionSecret {
  return { person: { scheme, value: "" }, representative: null, text: null, token: null, key: null };
}
