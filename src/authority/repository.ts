import { mkdir, readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Clock } from "../core/clock.ts";
import { writeFileAtomically } from "../trust/atomic-file.ts";
import { targetPath } from "../trust/collect-parts.ts";
import { digestOnce } from "../trust/digest-once.ts";
import { isThere } from "../trust/is-there.ts";
import {
  parseRoot,
  type TargetsContent,
  type TrustedRoot,
  verifySnapshot,
  verifyTargets,
  verifyTimestamp,
} from "../trust/signed-metadata.ts";
import type { OnlineKeys } from "./ceremony/online-keys.ts";
import type { ComposedParts } from "./compose-parts.ts";
import { Epochs } from "./history/epochs.ts";
import { Identifiers } from "./history/identifiers.ts";
import { type SignedFile, signSnapshot, signTargets, signTimestamp, validity } from "./sign-metadata.ts";

/** What is published now. */
export interface Published {
  readonly targets: SignedFile;
  readonly targetsContent: TargetsContent;
  readonly snapshot: SignedFile;
  readonly snapshotExpires: number;
  readonly timestampVersion: number;
  /** When the timestamp was signed, milliseconds. */
  readonly timestampMade: number;
}

/** Days before the root expires from which its holders are called. */
const rootWarningDays = 30;

interface RepositoryParts {
  readonly keys: OnlineKeys;
  readonly clock: Clock;
  readonly epochs: Epochs;
  readonly identifiers: Identifiers;
}

/**
 * The published files on disk: `metadata/` and `targets/`. Files are named by version or digest and never
 * change, but for `metadata/timestamp.json`, whose replacement, last, is what publishes (TUF §6.2). All that was
 * ever published is kept: evidence refers to it.
 */
export class Repository {
  readonly epochs: Epochs;
  /** Why a root that waits is not published. */
  rootProblem: string | undefined;
  readonly identifiers: Identifiers;
  #root: TrustedRoot;
  readonly directory: string;
  #keys: OnlineKeys;
  readonly #clock: Clock;
  /** Targets that are on disk for certain: of thousands few are new. */
  readonly #written = new Set<string>();
  #published: Published | undefined;

  private constructor(
    root: TrustedRoot,
    directory: string,
    { keys, clock, epochs, identifiers }: RepositoryParts,
  ) {
    this.#root = root;
    this.directory = directory;
    this.#keys = keys;
    this.#clock = clock;
    this.epochs = epochs;
    this.identifiers = identifiers;
  }

  /** Opens what `createRepository` or an earlier run left. @throws Error when there is no root */
  static async open(directory: string, keys: OnlineKeys, clock: Clock): Promise<Repository> {
    const parts = {
      ...{ keys, clock, epochs: await Epochs.open(directory) },
      identifiers: await Identifiers.open(directory),
    };
    const repository = new Repository(await readNewestRoot(directory), directory, parts);
    repository.#published = await repository.#readPublished();
    // What a crash left out, or an earlier release did not note.
    if (repository.#published !== undefined) await repository.#noteEpoch(repository.#published);
    return repository;
  }

  get root(): TrustedRoot {
    return this.#root;
  }

  /** What somebody must do about the keys. */
  get problem(): string | undefined {
    const daysLeft = Math.floor((this.#root.expires - this.#clock.now()) / 86_400_000);
    if (this.rootProblem !== undefined || daysLeft >= rootWarningDays) return this.rootProblem;
    return `root ${this.#root.version} expires in ${daysLeft} days: its holders must sign the next one`;
  }

  get published(): Published | undefined {
    return this.#published;
  }

  /**
   * @param parts of which the identifiers were checked: before anything of it is kept as taken
   * @returns whether something new had to be published
   */
  async publish(parts: ComposedParts): Promise<"published" | "unchanged"> {
    if (this.#published !== undefined && sameParts(this.#published.targetsContent, parts.targets)) {
      await this.identifiers.note(parts.index.content, this.#clock.now());
      return "unchanged";
    }
    for (const [path, bytes] of [...parts.targets, ...parts.documents]) await this.#writeTarget(path, bytes);
    await this.#publishTargets(parts.targets);
    await this.identifiers.note(parts.index.content, this.#clock.now());
    return "published";
  }

  /** Signs the timestamp anew, and before their half-life the snapshot and targets too. */
  async renew(): Promise<void> {
    const published = this.#published;
    if (published === undefined) return;
    const now = this.#clock.now();
    const expires = Math.min(published.targetsContent.expires, published.snapshotExpires);
    if (expires - now < validity.targets / 2) await this.#publishTargets(await this.#readTargets(published));
    else await this.#publishTimestamp(published);
  }

  /**
   * Puts the root that follows in force: all is signed by its keys first, and by those of the root before, so that whoever
   * has either root finds what verifies.
   * @param keys of both roots
   */
  async adopt(next: TrustedRoot, keys: OnlineKeys): Promise<void> {
    this.#keys = keys;
    if (this.#published !== undefined) await this.#publishTargets(await this.#readTargets(this.#published));
    await writeRoot(this.directory, next);
    this.#root = next;
  }

  async #publishTargets(parts: ReadonlyMap<string, Buffer>): Promise<void> {
    const now = this.#clock.now();
    const targets = signTargets(await this.#nextVersion("targets"), now, parts, this.#keys.targets);
    await this.#write(`metadata/${targets.version}.targets.json`, targets.bytes);
    const snapshot = signSnapshot(await this.#nextVersion("snapshot"), now, targets, this.#keys.snapshot);
    await this.#write(`metadata/${snapshot.version}.snapshot.json`, snapshot.bytes);
    await this.#publishTimestamp({
      targets,
      targetsContent: verifyTargets(this.#root, targets.bytes),
      snapshot,
      snapshotExpires: verifySnapshot(this.#root, snapshot.bytes).expires,
      timestampVersion: this.#published?.timestampVersion ?? (await this.#writtenTimestampVersion()),
      timestampMade: 0,
    });
  }

  async #publishTimestamp(published: Published): Promise<void> {
    const timestampVersion = published.timestampVersion + 1;
    const timestampMade = this.#clock.now();
    const { bytes } = signTimestamp(
      timestampVersion,
      timestampMade,
      published.snapshot,
      this.#keys.timestamp,
    );
    verifyTimestamp(this.#root, bytes);
    const isNew = this.epochs.newest?.version !== published.targets.version;
    if (isNew) await this.#write(`metadata/${published.targets.version}.timestamp.json`, bytes);
    await this.#write("metadata/timestamp.json", bytes);
    this.#published = { ...published, timestampVersion, timestampMade };
    await this.#noteEpoch(this.#published);
  }

  /** @param published with the time of its first timestamp, unless that was written before */
  async #noteEpoch({ targets, snapshot, timestampMade }: Published): Promise<void> {
    const { version } = targets;
    if (this.epochs.newest?.version === version) return;
    const name = `metadata/${version}.timestamp.json`;
    if (!(await isThere(join(this.directory, name))))
      await this.#write(name, await this.#read("metadata/timestamp.json"));
    const first = verifyTimestamp(this.#root, await this.#read(name)).made;
    const from = Math.max(Math.min(first, timestampMade), (this.epochs.newest?.from ?? 0) + 1);
    await this.epochs.add({ version, from, snapshot: snapshot.version, root: this.#root.version });
  }

  /** What an earlier run published; undefined when nothing, or when the root's keys have changed since. */
  async #readPublished(): Promise<Published | undefined> {
    try {
      const timestampBytes = await this.#read("metadata/timestamp.json");
      const timestamp = verifyTimestamp(this.#root, timestampBytes);
      const snapshotBytes = await this.#read(`metadata/${timestamp.snapshot.version}.snapshot.json`);
      const snapshot = verifySnapshot(this.#root, snapshotBytes);
      const targetsBytes = await this.#read(`metadata/${snapshot.targets.version}.targets.json`);
      return {
        targets: { version: snapshot.targets.version, bytes: targetsBytes },
        targetsContent: verifyTargets(this.#root, targetsBytes),
        snapshot: { version: snapshot.version, bytes: snapshotBytes },
        snapshotExpires: snapshot.expires,
        timestampVersion: timestamp.version,
        timestampMade: timestamp.made,
      };
    } catch {
      return undefined;
    }
  }

  async #readTargets({ targetsContent }: Published): Promise<Map<string, Buffer>> {
    const parts = new Map<string, Buffer>();
    for (const [path, { sha256: digest }] of targetsContent.targets) {
      parts.set(path, await this.#read(targetPath(path, digest)));
    }
    return parts;
  }

  /** Above every version that was ever written, published or not: a mirror may have it. */
  async #nextVersion(role: "targets" | "snapshot"): Promise<number> {
    const names = await readdir(join(this.directory, "metadata"));
    return Math.max(0, ...names.map((name) => versionOf(name, role) ?? 0)) + 1;
  }

  /** Of a timestamp that older keys signed: the next must be above it. */
  async #writtenTimestampVersion(): Promise<number> {
    try {
      const bytes = await this.#read("metadata/timestamp.json");
      return JSON.parse(bytes.toString("utf8")).signed.version;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
      throw error;
    }
  }

  async #writeTarget(path: string, bytes: Buffer): Promise<void> {
    const name = targetPath(path, digestOnce(bytes).hex);
    if (this.#written.has(name)) return;
    // Written whole or not at all, so what is there needs no second time.
    if (!(await isThere(join(this.directory, name)))) {
      await mkdir(dirname(join(this.directory, name)), { recursive: true });
      await this.#write(name, bytes);
    }
    this.#written.add(name);
  }

  async #write(name: string, bytes: Buffer): Promise<void> {
    await writeFileAtomically(join(this.directory, name), bytes, "public");
  }

  #read(name: string): Promise<Buffer> {
    return readFile(join(this.directory, name));
  }
}

/** Writes a root into the repository; with the next version this changes the keys. */
export async function writeRoot(directory: string, root: SignedFile): Promise<void> {
  const metadata = join(directory, "metadata");
  await mkdir(metadata, { recursive: true });
  await writeFileAtomically(join(metadata, `${root.version}.root.json`), root.bytes, "public");
}

/** @throws Error when there is none */
export async function readNewestRoot(directory: string): Promise<TrustedRoot> {
  const metadata = join(directory, "metadata");
  const names = await readdir(metadata);
  const newest = Math.max(0, ...names.map((name) => versionOf(name, "root") ?? 0));
  return parseRoot(await readFile(join(metadata, `${newest}.root.json`)));
}

function versionOf(name: string, role: string): number | undefined {
  const match = /^(\d+)\.([a-z]+)\.json$/.exec(name);
  return match?.[2] === role ? Number(match[1]) : undefined;
}

function sameParts(content: TargetsContent, parts: ReadonlyMap<string, Buffer>): boolean {
  const same = ([path, bytes]: [string, Buffer]) =>
    content.targets.get(path)?.sha256 === digestOnce(bytes).hex;
  return content.targets.size === parts.size && [...parts].every(same);
}
