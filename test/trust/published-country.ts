import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Authority } from "../../src/authority/authority.ts";
import type { RegistryDocument } from "../../src/authority/registry-document.ts";
import { ConfigurationClient } from "../../src/trust/configuration-client.ts";
import { SampleCountry } from "../authority/sample-registry.ts";
import { newDirectory } from "../new-directory.ts";
import { ManualSchedule } from "./manual-schedule.ts";
import { TamperingMirror } from "./tampering-mirror.ts";

/** What a test registers for its end. */
interface Teardown {
  teardown(close: () => unknown): void;
}

/** An authority, a mirror of it that a test can make hostile, and clients. */
export class PublishedCountry {
  readonly country = new SampleCountry();
  readonly stateDir = newDirectory();
  readonly cache = newDirectory();
  readonly schedule = new ManualSchedule();
  readonly logged: string[] = [];
  readonly #t: Teardown;
  #authority: Authority | undefined;
  #mirror: TamperingMirror | undefined;

  private constructor(t: Teardown) {
    this.#t = t;
  }

  static async start(t: Teardown, registry?: RegistryDocument): Promise<PublishedCountry> {
    const published = new PublishedCountry(t);
    await published.startAuthority(registry);
    published.#mirror = await TamperingMirror.start(published.repository);
    t.teardown(() => published.mirror.close());
    return published;
  }

  async startAuthority(registry: RegistryDocument = this.country.registry()): Promise<Authority> {
    const authority = await Authority.start({
      registry,
      stateDir: this.stateDir,
      host: "127.0.0.1",
      port: 0,
      clock: this.country.clock,
      schedule: new ManualSchedule().schedule,
    });
    this.#t.teardown(() => authority.close());
    this.#authority = authority;
    return authority;
  }

  get authority(): Authority {
    return this.#authority!;
  }

  get mirror(): TamperingMirror {
    return this.#mirror!;
  }

  get repository(): string {
    return join(this.stateDir, "repository");
  }

  /** A file of the repository as it is now. */
  file(path: string): Buffer {
    return readFileSync(join(this.repository, path));
  }

  /** A copy of the repository as it is now. */
  snapshot(): string {
    const copy = newDirectory();
    cpSync(this.repository, copy, { recursive: true });
    return copy;
  }

  async startClient(
    options: Partial<Parameters<typeof ConfigurationClient.start>[0]> = {},
  ): Promise<ConfigurationClient> {
    const log = (fields: object, message: string) => this.logged.push(`${message} ${JSON.stringify(fields)}`);
    const client = await ConfigurationClient.start({
      anchor: this.authority.anchor,
      mirrors: [this.mirror.url],
      directory: this.cache,
      clock: this.country.clock,
      schedule: this.schedule.schedule,
      log: { info: log, warn: log },
      ...options,
    });
    this.#t.teardown(() => client.close());
    return client;
  }

  /** Moves the time past the rest between polls, and polls. */
  async poll(client: ConfigurationClient): Promise<void> {
    this.schedule.run(10_000);
    await client.pollSoon();
  }

  /** Publishes another configuration: the same members, a subsystem more. */
  async publishMore(name: string): Promise<void> {
    this.country.clock.time += 1_000;
    await this.authority.publish(withSubsystem(this.country.registry(), name));
  }
}

/** The registry with one more subsystem of the first member. */
export function withSubsystem(registry: RegistryDocument, name: string): RegistryDocument {
  const [first, ...others] = registry.members;
  const subsystems = [...first!.subsystems, { id: `${first!.id}/${name}`, name }];
  return { ...registry, members: [{ ...first!, subsystems }, ...others] };
}
