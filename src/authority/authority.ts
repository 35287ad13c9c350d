import { sha256Base64Url } from "../core/bytes.ts";
import { InTurn } from "../core/in-turn.ts";
import { type Anchor, loadAnchor } from "../trust/anchor.ts";
import { DocumentError } from "../trust/document-error.ts";
import { type Schedule, timerSchedule } from "../trust/schedule.ts";
import type { AuthorityOptions } from "./authority-options.ts";
import { anchorPath, initAuthority, isInitialised } from "./authority-state.ts";
import { shownToAll } from "./catalogue-pages.ts";
import { followWaitingRoot, openRepository } from "./ceremony/follow-root.ts";
import type { ComposedParts } from "./compose-parts.ts";
import { Composer } from "./composer.ts";
import { PastConfigurations } from "./history/past-configurations.ts";
import { openRegistration, type RegistrationHost } from "./registration/open-registration.ts";
import type { RegistrationDesk } from "./registration/registration-desk.ts";
import { checkIdentity, type Registry, readRegistry } from "./registry.ts";
import type { RegistryDocument } from "./registry-document.ts";
import type { Repository } from "./repository.ts";
import { type AuthorityDesks, type AuthorityHealth, serveRepository } from "./repository-server.ts";
import type { ActMode, JudgedAct } from "./services/act-endpoint.ts";
import { parseSubmission } from "./services/act-submission.ts";
import { CatalogueOffice, rulesOf } from "./services/catalogue-office.ts";
import { checkActIsGenuine, checkActSigner } from "./services/check-act-signer.ts";
import { fingerprintSources } from "./source-fingerprint.ts";
import { VersionWaiters } from "./version-waiters.ts";
import { openWitness, type WitnessedLogs } from "./witness-of-logs.ts";

/** Milliseconds between timestamps. */
export const timestampInterval = 60_000;
/** Milliseconds between looks at the registry file and what it refers to. */
export const watchInterval = 5_000;
/** Milliseconds without a new timestamp after which `health` says `failing`. */
const failingAfter = 5 * 60_000;

/**
 * The governing authority: publishes the registry as global configuration, signs its timestamp every minute, and
 * serves both.
 */
export class Authority {
  readonly anchor: Anchor;
  readonly anchorFile: string;
  readonly #options: AuthorityOptions;
  readonly #repository: Repository;
  readonly #schedule: Schedule;
  readonly #logs: WitnessedLogs;
  readonly #office: CatalogueOffice;
  readonly #composer: Composer;
  #registration: RegistrationDesk | undefined;
  readonly #waiters = new VersionWaiters();
  /** What is published: by it acts are judged. */
  #inForce: InForce | undefined;
  #server: { url: string; close(): Promise<void> } | undefined;
  #seen: SeenSources = { sources: [], fingerprint: "unknown" };
  #problem: string | undefined;
  /** Whether an act was taken that is not published yet: the disk may be full. */
  #isBehind = false;
  readonly #work = new InTurn();
  #cancelTimestamp: () => void = () => {};
  #cancelWatch: () => void = () => {};
  #closed = false;

  private constructor(
    options: AuthorityOptions,
    anchor: Anchor,
    repository: Repository,
    { logs, office }: { readonly logs: WitnessedLogs; readonly office: CatalogueOffice },
  ) {
    this.#options = options;
    this.#logs = logs;
    this.#office = office;
    this.#schedule = options.schedule ?? timerSchedule;
    this.anchor = anchor;
    this.anchorFile = anchorPath(options.stateDir);
    this.#repository = repository;
    this.#composer = new Composer({ repository, logs, office });
  }

  /**
   * A demonstration's authority that has no keys makes them; a production one must have been initialised.
   * @throws DocumentError when the registry cannot be published or there are no usable keys
   */
  static async start(options: AuthorityOptions): Promise<Authority> {
    const { stateDir, clock, passphrase } = options;
    const registry = await readRegistry(options.registry);
    const { instance, purpose } = registry.document;
    if (!(await isInitialised(stateDir))) {
      if (purpose === "production")
        throw new DocumentError(stateDir, "", 'no keys: run "sealway authority init"');
      await initAuthority({ stateDir, instance, purpose, clock, passphrase });
    }
    const anchor = await loadAnchor(anchorPath(stateDir));
    const repository = await openRepository(options);
    const logs = await openWitness({ stateDir, instance: anchor.instance, clock, passphrase });
    const desks = { logs, office: await CatalogueOffice.open({ stateDir, clock, passphrase }) };
    const authority = new Authority(options, anchor, repository, desks);
    authority.#registration = await openRegistration(options, authority.#host(), desks.office.keys);
    try {
      await authority.#publish(registry);
      await authority.#repository.renew();
      await followWaitingRoot(authority.#repository, options);
      authority.#server = await serveRepository(repository.directory, authority.#desks(), options);
    } catch (error) {
      await authority.#registration?.close();
      throw error;
    }
    authority.#planTimestamp();
    if (typeof options.registry === "string") authority.#planWatch(options.registry);
    return authority;
  }

  /** Where mirrors and servers fetch from. */
  get url(): string {
    return this.#server!.url;
  }

  /**
   * Publishes another registry at once.
   * @throws DocumentError with the place of the first fault; what was published stays
   */
  async publish(document: RegistryDocument): Promise<"published" | "unchanged"> {
    const registry = await readRegistry(document);
    return this.#exclusively(() => this.#publish(registry));
  }

  /** Publishes the registry file when it, or what it refers to, has changed. A fault is told, not thrown. */
  async reload(): Promise<void> {
    const { registry: path, log } = this.#options;
    if (typeof path !== "string") return;
    try {
      // Before reading: what changes while we read is seen at the next look.
      const before = await fingerprintSources(this.#seen.sources);
      if (before === this.#seen.fingerprint) return;
      const registry = await readRegistry(path);
      await this.#exclusively(() => this.#publish(registry));
      const isSame = registry.sources.join("\n") === this.#seen.sources.join("\n");
      this.#seen = { sources: registry.sources, fingerprint: isSame ? before : "unknown" };
    } catch (error) {
      // Read again at every look: what was missing may have come.
      this.#seen = { ...this.#seen, fingerprint: "unknown" };
      const problem = (error as Error).message;
      if (problem !== this.#problem) log?.error({ problem }, "the registry cannot be published");
      this.#problem = problem;
    }
  }

  /**
   * Judges an act on a service, and publishes what it changes; see `ActDesk`.
   * @param sent attacker-controlled
   */
  async act(sent: Buffer, mode: ActMode): Promise<JudgedAct> {
    const { clock } = this.#options;
    const submission = parseSubmission(sent);
    await checkActIsGenuine(submission, this.#inForce!.index, clock);
    return this.#exclusively(async () => {
      const { registry, index, vocabulary } = this.#inForce!;
      checkActSigner(submission, index, clock.now());
      const judgement = await this.#office.take(submission, rulesOf(registry, vocabulary), mode);
      if (judgement.kind === "taken" && mode === "for good") await this.#publishTaken();
      return { ...judgement, configuration: this.#versionOfTaken() };
    });
  }

  /** Signs the timestamp anew at once, and publishes a root that waits and what could not be published before. */
  renew(): Promise<void> {
    return this.#exclusively(async () => {
      await followWaitingRoot(this.#repository, this.#options);
      // What cannot be kept now is tried again in a minute; the timestamp does not wait for it.
      await this.#registration?.expire().catch(() => undefined);
      if (this.#isBehind) await this.#publishTaken();
      await this.#repository.renew();
    });
  }

  health(): AuthorityHealth {
    const { instance, purpose } = this.anchor;
    const { targets, timestampMade: made } = this.#repository.published ?? {};
    const problem = this.#problem ?? this.#registration?.problem ?? this.#repository.problem;
    const failing = made === undefined || this.#options.clock.now() - made > failingAfter;
    return {
      status: failing ? "failing" : problem === undefined ? "ok" : "degraded",
      instance,
      purpose,
      version: targets?.version,
      timestampMade: made === undefined ? undefined : new Date(made).toISOString(),
      problem,
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimestamp();
    this.#cancelWatch();
    this.#waiters.close();
    await this.#server?.close();
    await this.#work.idle();
    await this.#registration?.close();
  }

  async #publish(file: Registry): Promise<"published" | "unchanged"> {
    checkIdentity(file, this.anchor);
    const planned = await this.#registration?.plan(file);
    const registry = planned?.registry ?? file;
    const parts = this.#composer.compose(registry);
    // Before it is published: what members are told to rely on is proven.
    await planned?.keep();
    const outcome = await this.#repository.publish(parts);
    this.#logs.update(registry);
    this.#office.update(parts.index);
    this.#isBehind = false;
    const { index, vocabulary } = parts;
    this.#inForce = { file, registry, index, vocabulary };
    this.#waiters.published(this.#repository.published!.targets.version);
    this.#problem = undefined;
    if (outcome === "published") {
      const { version } = this.#repository.published!.targets;
      this.#options.log?.info({ version }, "published a new version of the global configuration");
    }
    return outcome;
  }

  #host(): RegistrationHost {
    return {
      anchor: sha256Base64Url(this.anchor.root),
      instance: this.anchor.instance,
      index: () => this.#inForce?.index,
      file: () => this.#inForce!.file,
      tryOut: (registry) => this.#composer.tryOut(registry),
      exclusively: (work) => this.#exclusively(work),
      publish: () => this.#publishTaken(),
    };
  }

  /** What is taken stays taken: it must not be sent again because the rest failed. */
  async #publishTaken(): Promise<number | null> {
    this.#isBehind = true;
    try {
      await this.#publish(this.#inForce!.file);
    } catch (err) {
      this.#problem = `an act is taken and cannot be published: ${(err as Error).message}`;
      this.#options.log?.error({ err }, "an act is taken and cannot be published; it is tried again");
    }
    return this.#versionOfTaken();
  }

  #versionOfTaken(): number | null {
    return this.#isBehind ? null : this.#repository.published!.targets.version;
  }

  #desks(): AuthorityDesks {
    return {
      health: () => this.health(),
      witness: this.#logs.witness,
      waiters: this.#waiters,
      acts: this,
      past: new PastConfigurations(this.#repository, this.anchor, this.#options.clock),
      registration: this.#registration,
      catalogue: () => this.#inForce && shownToAll(this.#office.catalogue, this.#inForce),
      clock: this.#options.clock,
    };
  }

  /** One writer of the repository at a time. */
  #exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#work.do(() => {
      this.#composer.forget();
      return work();
    });
  }

  #planTimestamp(): void {
    if (this.#closed) return;
    this.#cancelTimestamp = this.#schedule(timestampInterval, () => {
      void this.renew()
        .catch((err) => this.#options.log?.error({ err }, "the timestamp cannot be signed"))
        .finally(() => this.#planTimestamp());
    });
  }

  #planWatch(path: string): void {
    if (this.#closed) return;
    this.#cancelWatch = this.#schedule(watchInterval, () => {
      void this.reload().finally(() => this.#planWatch(path));
    });
  }
}

interface InForce extends Pick<ComposedParts, "index" | "vocabulary"> {
  /** As it was read. */
  readonly file: Registry;
  /** With what is registered. */
  readonly registry: Registry;
}

/** Files that were read, and how they were; `unknown` makes the next look read them. */
interface SeenSources {
  readonly sources: readonly string[];
  readonly fingerprint: string;
}
