import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AdmissionGate } from "../../core/admission-gate.ts";
import { SealwayError } from "../../core/errors.ts";
import { packVerificationConfiguration } from "../../messagelog/evidence/verification-configuration.ts";
import type { Anchor } from "../../trust/anchor.ts";
import { targetPath } from "../../trust/collect-parts.ts";
import { targetsByPart } from "../../trust/part-pieces.ts";
import { parseRoot, verifyTargets } from "../../trust/signed-metadata.ts";
import { verifyArchivedConfiguration } from "../../trust/verify-archived-configuration.ts";
import type { Epoch, Epochs } from "./epochs.ts";

/** What is told of an epoch. */
export interface ToldEpoch {
  readonly instance: string;
  readonly version: number;
  /** ISO 8601; `until` is null for what is in force. */
  readonly from: string;
  readonly until: string | null;
  /** Where each file stands in the repository, by the name under which a verifier knows it. */
  readonly files: Readonly<Record<string, string>>;
}

/** Packages that are kept, and callers that wait for one: a national configuration takes a second to pack. */
const mostKept = 2;
const mostWaiting = 16;

/** The configurations of earlier times, out of the repository on disk. */
export class PastConfigurations {
  readonly #directory: string;
  readonly #anchor: Anchor;
  readonly #epochs: Epochs;
  readonly #packages = new Map<number, Promise<Buffer>>();
  readonly #gate = new AdmissionGate(mostWaiting);
  #work: Promise<unknown> = Promise.resolve();

  constructor({ directory, epochs }: { directory: string; epochs: Epochs }, anchor: Anchor) {
    this.#directory = directory;
    this.#anchor = anchor;
    this.#epochs = epochs;
  }

  /**
   * The epoch at a time.
   * @param time milliseconds
   * @throws SealwayError `not_found` before the first one
   */
  async told(time: number): Promise<ToldEpoch> {
    const { epoch, until } = this.#epochAt(time);
    return {
      instance: this.#anchor.instance,
      version: epoch.version,
      from: new Date(epoch.from).toISOString(),
      until: until === undefined ? null : new Date(until).toISOString(),
      files: await this.#places(epoch),
    };
  }

  /**
   * X-Road's zip for an epoch. One is packed at a time.
   * @param caller its address
   * @throws SealwayError `not_found`, `overloaded`
   */
  async packed(time: number, caller: string): Promise<Buffer> {
    const { epoch } = this.#epochAt(time);
    this.#gate.enter(caller);
    try {
      const known = this.#packages.get(epoch.version);
      return await (known ?? this.#pack(epoch));
    } finally {
      this.#gate.leave(caller);
    }
  }

  #epochAt(time: number) {
    const found = this.#epochs.at(time);
    if (found === undefined) throw new SealwayError("not_found", "nothing was published then");
    return found;
  }

  #pack(epoch: Epoch): Promise<Buffer> {
    const packed = this.#work.then(() => this.#packNow(epoch));
    this.#work = packed.catch(() => this.#packages.delete(epoch.version));
    this.#packages.set(epoch.version, packed);
    for (const version of this.#packages.keys()) {
      if (this.#packages.size > mostKept) this.#packages.delete(version);
    }
    return packed;
  }

  async #packNow(epoch: Epoch): Promise<Buffer> {
    const files = new Map<string, Buffer>();
    for (const [name, place] of Object.entries(await this.#places(epoch)))
      files.set(name, await this.#read(place));
    const { configuration, findings } = verifyArchivedConfiguration(files, this.#anchor);
    if (configuration === undefined)
      throw new Error(
        `epoch ${epoch.version}: ${findings.find(({ result }) => result === "invalid")?.detail}`,
      );
    const timestamp = JSON.parse(files.get("metadata/timestamp.json")!.toString("utf8"));
    const expiresAt = Date.parse(timestamp.signed.expires);
    return packVerificationConfiguration({
      content: configuration.content,
      files,
      at: epoch.from,
      expiresAt,
    });
  }

  async #places({ version, snapshot, root }: Epoch): Promise<Record<string, string>> {
    const places: Record<string, string> = {};
    const first = parseRoot(this.#anchor.root).version;
    for (let i = first; i <= root; i++) places[`metadata/${i}.root.json`] = `metadata/${i}.root.json`;
    places["metadata/timestamp.json"] = `metadata/${version}.timestamp.json`;
    for (const name of [`metadata/${snapshot}.snapshot.json`, `metadata/${version}.targets.json`])
      places[name] = name;
    const trusted = parseRoot(await this.#read(`metadata/${root}.root.json`));
    const { targets } = verifyTargets(trusted, await this.#read(`metadata/${version}.targets.json`));
    for (const target of [...targetsByPart(targets.keys()).values()].flat()) {
      const path = targetPath(target, targets.get(target)!.sha256);
      places[path] = path;
    }
    return places;
  }

  #read(path: string): Promise<Buffer> {
    return readFile(join(this.#directory, path));
  }
}
