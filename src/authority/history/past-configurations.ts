import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AdmissionGate } from "../../core/admission-gate.ts";
import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import { packVerificationConfiguration } from "../../messagelog/evidence/verification-configuration.ts";
import type { Anchor } from "../../trust/anchor.ts";
import { targetPath } from "../../trust/collect-parts.ts";
import { targetsByPart } from "../../trust/part-pieces.ts";
import { parseRoot, verifyTargets } from "../../trust/signed-metadata.ts";
import { verifyArchivedConfiguration } from "../../trust/verify-archived-configuration.ts";
import { type Rate, RateLimit } from "../services/rate-limit.ts";
import type { Epoch, Epochs } from "./epochs.ts";

/** What is told of an epoch. */
export interface ToldEpoch {
  readonly instance: string;
  readonly version: number;
  /** ISO 8601; `until` is null for what is in force. */
  readonly from: string;
  readonly until: string | null;
  /** Where each file stands in the repository, by the name under which a verifier knows it. */
  readonly files: Places;
}

type Places = Readonly<Record<string, string>>;

/** Packages that are kept, and callers that wait for one: a national configuration takes a second to pack. */
const mostKept = 2;
/** Epochs of which it is kept where their files stand: to read that costs 7 ms, and nobody has to say who asks. */
const mostPlaces = 64;
const ofOneAddress: Rate = { burst: 60, refill: 1_000 };
const packedForOneAddress: Rate = { burst: 12, refill: 10_000 };
const mostWaiting = 16;

/** The configurations of earlier times, out of the repository on disk. */
export class PastConfigurations {
  readonly #directory: string;
  readonly #anchor: Anchor;
  readonly #epochs: Epochs;
  readonly #packages = new Map<number, Promise<Buffer>>();
  readonly #places = new Map<number, Places>();
  readonly #limit: RateLimit;
  readonly #packLimit: RateLimit;
  readonly #gate = new AdmissionGate(mostWaiting);
  #work: Promise<unknown> = Promise.resolve();

  constructor({ directory, epochs }: { directory: string; epochs: Epochs }, anchor: Anchor, clock: Clock) {
    this.#limit = new RateLimit(ofOneAddress, clock);
    this.#packLimit = new RateLimit(packedForOneAddress, clock);
    this.#directory = directory;
    this.#anchor = anchor;
    this.#epochs = epochs;
  }

  /**
   * The epoch at a time.
   * @param time milliseconds
   * @param caller its address
   * @throws SealwayError `not_found` before the first one; `overloaded` for who asks for many that nobody asked for lately
   */
  async told(time: number, caller: string): Promise<ToldEpoch> {
    const { epoch, until } = this.#epochAt(time);
    if (!this.#places.has(epoch.version)) this.#limit.enter(caller);
    return {
      instance: this.#anchor.instance,
      version: epoch.version,
      from: new Date(epoch.from).toISOString(),
      until: until === undefined ? null : new Date(until).toISOString(),
      files: await this.#placesOf(epoch),
    };
  }

  /**
   * X-Road's zip for an epoch. One is packed at a time.
   * @param caller its address
   * @throws SealwayError `not_found`; `overloaded` also for who asks for many that nobody asked for lately
   */
  async packed(time: number, caller: string): Promise<Buffer> {
    const { epoch } = this.#epochAt(time);
    const known = this.#packages.get(epoch.version);
    if (known === undefined) this.#packLimit.enter(caller);
    this.#gate.enter(caller);
    try {
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
    for (const [name, place] of Object.entries(await this.#placesOf(epoch)))
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

  /** What was published stays as it is. */
  async #placesOf(epoch: Epoch): Promise<Places> {
    const known = this.#places.get(epoch.version);
    if (known !== undefined) return known;
    const places = await this.#readPlaces(epoch);
    this.#places.set(epoch.version, places);
    if (this.#places.size > mostPlaces) this.#places.delete(this.#places.keys().next().value!);
    return places;
  }

  async #readPlaces({ version, snapshot, root }: Epoch): Promise<Places> {
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
