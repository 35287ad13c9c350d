import type { Clock } from "../core/clock.ts";
import { SealwayError } from "../core/errors.ts";
import type { Anchor } from "./anchor.ts";
import { collectParts, noMirror } from "./collect-parts.ts";
import type { ConfigurationIndex } from "./configuration-index.ts";
import { type ConfigurationEvent, ConfigurationListeners } from "./configuration-listeners.ts";
import { type FetchFile, MirrorConnections } from "./configuration-mirror.ts";
import {
  alarmAfter,
  type ConfigurationProblem,
  type ConfigurationStatus,
  judgeStatus,
  problemOf,
} from "./configuration-status.ts";
import { ConfigurationStore } from "./configuration-store.ts";
import {
  buildVersion,
  type ConfigurationVersion,
  configurationOf,
  expiryOf,
  isSameState,
} from "./configuration-version.ts";
import type { GlobalConfiguration } from "./global-configuration.ts";
import { type Schedule, timerSchedule } from "./schedule.ts";
import { type TrustedMetadata, updateMetadata, type VerifiedMetadata } from "./tuf-update.ts";
import { VersionWatch } from "./version-watch.ts";

/** Milliseconds between polls. */
export const pollInterval = 30_000;
/** Milliseconds between the start of one poll and of the next that somebody asks for. */
export const pollAtMostEvery = 10_000;

export interface ConfigurationClientOptions {
  readonly anchor: Anchor;
  /** Base URLs in the order in which they are tried; none has to be trusted. */
  readonly mirrors: readonly string[];
  /** Where the last good state is kept: a directory of this process alone. */
  readonly directory: string;
  readonly clock: Clock;
  readonly schedule?: Schedule;
  readonly log?: ConfigurationLog;
}

/** Where changes of state are told; a pino logger fits. */
export interface ConfigurationLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/**
 * Keeps the newest global configuration: polls the mirrors, verifies (tuf-update.ts), takes a version into use
 * as a whole or not at all, and keeps the last good one on disk. What is refused changes nothing but the status.
 */
export class ConfigurationClient {
  readonly #options: ConfigurationClientOptions;
  readonly #schedule: Schedule;
  readonly #store: ConfigurationStore;
  readonly #connections = new MirrorConnections();
  readonly #listeners = new ConfigurationListeners();
  #trusted: TrustedMetadata;
  #version: ConfigurationVersion | undefined;
  #configuration: GlobalConfiguration | undefined;
  #problems: readonly ConfigurationProblem[] = [];
  #told = "";
  #polling: Promise<void> | undefined;
  #resting = false;
  #wanted = false;
  #watch: VersionWatch | undefined;
  #cancels: { readonly next?: () => void; readonly rest?: () => void } = {};
  #closed = false;

  private constructor(
    options: ConfigurationClientOptions,
    store: ConfigurationStore,
    trusted: TrustedMetadata,
  ) {
    this.#options = options;
    this.#schedule = options.schedule ?? timerSchedule;
    this.#store = store;
    this.#trusted = trusted;
  }

  /**
   * Reads the last good state, polls once, and goes on polling. Resolves also when there is no configuration to
   * be had: then `current` throws, and the status says why.
   */
  static async start(options: ConfigurationClientOptions): Promise<ConfigurationClient> {
    const store = new ConfigurationStore(options.directory);
    await store.open();
    const { trusted, damage } = await store.loadMetadata(options.anchor);
    const client = new ConfigurationClient(options, store, trusted);
    const problem = damage ?? (await client.#startFromCache());
    if (problem !== undefined) {
      client.#problems = [{ kind: "cache", source: options.directory, detail: problem.message }];
      client.#tell();
    }
    await client.#poll();
    client.#watch = client.#watchMirrors();
    return client;
  }

  /**
   * The look-ups in the version in use.
   * @throws SealwayError `configuration_expired`
   */
  current(): ConfigurationIndex {
    return this.#inUse().index;
  }

  /**
   * The version in use with its proof.
   * @throws SealwayError `configuration_expired`
   */
  configuration(): GlobalConfiguration {
    return this.#prove(this.#inUse());
  }

  /** When the newest timestamp that vouches for the version in use was made, milliseconds. */
  get freshAt(): number | undefined {
    return this.#version?.metadata.timestamp.content.made;
  }

  status(): ConfigurationStatus {
    const version = this.#version;
    const inUse = version && {
      version: version.index.content.version,
      sha256: version.index.content.sha256,
      freshAt: version.metadata.timestamp.content.made,
      expiresAt: expiryOf(version.metadata),
    };
    return judgeStatus({ inUse, problems: this.#problems, now: this.#options.clock.now() });
  }

  /**
   * Compares with the version that another server says it uses. `newer`: poll before judging by ours; `fork`:
   * the authority signed two configurations of one version, which somebody must look into.
   */
  compare(version: number, digest: string): "same" | "newer" | "older" | "fork" {
    const { content } = this.current();
    if (version !== content.version) return version > content.version ? "newer" : "older";
    return digest === content.sha256 ? "same" : "fork";
  }

  /**
   * Polls at once, or joins the poll that runs. Within 10 s of the last one it resolves at once and the poll
   * follows when they are over, so that peers cannot make a server hammer the authority.
   */
  pollSoon(): Promise<void> {
    if (this.#polling !== undefined) return this.#polling;
    if (!this.#resting) return this.#poll();
    this.#wanted = true;
    return Promise.resolve();
  }

  /** @param listener told of each new version and each change of state; @returns what ends that */
  subscribe(listener: (event: ConfigurationEvent) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Breaks off a poll that runs. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancels.next?.();
    this.#cancels.rest?.();
    await this.#connections.close();
    await this.#watch?.close();
    await this.#polling;
  }

  #inUse(): ConfigurationVersion {
    const version = this.#version;
    if (version === undefined || this.#options.clock.now() >= expiryOf(version.metadata)) {
      const detail = version === undefined ? "there is no global configuration" : "no mirror has a valid one";
      throw new SealwayError("configuration_expired", detail);
    }
    return version;
  }

  async #startFromCache(): Promise<Error | undefined> {
    const { current } = this.#trusted;
    if (current === undefined) return undefined;
    try {
      this.#version = await this.#build(current, noMirror);
      return undefined;
    } catch (damage) {
      return damage as Error;
    }
  }

  #watchMirrors(): VersionWatch {
    const { mirrors } = this.#options;
    const version = () => this.#version?.index.content.version ?? 0;
    // A poll that runs may have begun before there was anything new.
    const poll = () => Promise.resolve(this.#polling).then(() => this.#poll());
    return new VersionWatch({ mirrors, connections: this.#connections, version, poll });
  }

  #poll(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#cancels.next?.();
    this.#cancels.rest?.();
    this.#resting = true;
    const rest = this.#schedule(pollAtMostEvery, () => {
      this.#resting = false;
      if (this.#wanted) void this.pollSoon();
    });
    this.#cancels = { rest };
    this.#wanted = false;
    this.#polling = this.#pollMirrors().finally(() => {
      this.#polling = undefined;
      if (!this.#closed)
        this.#cancels = { rest, next: this.#schedule(pollInterval, () => void this.#poll()) };
    });
    return this.#polling;
  }

  /** One mirror that gives a fresh timestamp is enough; a frozen one does not hide the next. */
  async #pollMirrors(): Promise<void> {
    const problems: ConfigurationProblem[] = [];
    for (const mirror of this.#options.mirrors) {
      try {
        await this.#pollMirror(this.#connections.fetcher(mirror));
        if (this.#options.clock.now() - this.status().freshAt! <= alarmAfter) break;
      } catch (error) {
        problems.push(problemOf(error, mirror));
      }
      if (this.#closed) return;
    }
    this.#problems = problems;
    this.#tell();
  }

  async #pollMirror(fetchFile: FetchFile): Promise<void> {
    const before = this.#trusted;
    const now = this.#options.clock.now();
    const { trusted, failure } = await updateMetadata(before, fetchFile, now, this.#store.workDirectory);
    // A new root counts although the rest failed, or the holder of a withdrawn key could hold it back.
    this.#trusted = { roots: trusted.roots, current: before.current };
    if (failure !== undefined) {
      if (trusted.roots.length > before.roots.length) await this.#store.saveMetadata(this.#trusted);
      throw failure;
    }
    await this.#take(trusted.current!, fetchFile);
  }

  async #take(metadata: VerifiedMetadata, fetchFile: FetchFile): Promise<void> {
    const before = this.#version;
    if (before !== undefined && isSameState(before.metadata, metadata)) return;
    const isSame = before?.metadata.targets === metadata.targets;
    const version = isSame ? { ...before, metadata } : await this.#build(metadata, fetchFile);
    this.#trusted = { roots: this.#trusted.roots, current: metadata };
    this.#version = version;
    this.#configuration = undefined;
    await this.#store.saveMetadata(this.#trusted);
    if (isSame) return;
    await this.#store.prune(new Set(version.parts.byDigest.keys()));
    this.#emit({ kind: "version", configuration: this.#prove(version), index: version.index });
  }

  #prove(version: ConfigurationVersion): GlobalConfiguration {
    this.#configuration ??= configurationOf(version, this.#trusted.roots);
    return this.#configuration;
  }

  async #build(metadata: VerifiedMetadata, fetchFile: FetchFile): Promise<ConfigurationVersion> {
    const before = this.#version;
    const held = before?.parts.byDigest ?? new Map();
    const parts = await collectParts(metadata.targets.content, { held, store: this.#store, fetchFile });
    return buildVersion(metadata, parts, this.#options.anchor, before);
  }

  /** Once, not at every poll. */
  #tell(): void {
    const status = this.status();
    const told = JSON.stringify([status.state, status.problems]);
    if (told === this.#told) return;
    this.#told = told;
    const { log } = this.#options;
    const level = status.state === "fresh" && status.problems.length === 0 ? "info" : "warn";
    log?.[level](status, `global configuration: ${status.state}`);
    this.#emit({ kind: "state", status });
  }

  #emit(event: ConfigurationEvent): void {
    this.#listeners.tell(event, (err) =>
      this.#options.log?.warn({ err }, `a listener failed on a new ${event.kind} of the configuration`),
    );
  }
}
