import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../core/clock.ts";
import { SealwayError } from "../core/errors.ts";
import { isInOneSpelling, parseServiceId, providerOf, type ServiceId } from "../core/ids.ts";
import { Compartment } from "../exchange/compartment.ts";
import type { ServiceSettings } from "../exchange/gateway-services.ts";
import type { TargetPolicy } from "../exchange/target-policy.ts";
import { writeFileAtomically } from "../trust/atomic-file.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

/** Where a service is, as whoever published it said. */
export interface ServiceTarget {
  readonly id: ServiceId;
  readonly target: string;
  readonly concurrency: number;
}

/**
 * The services that are provided here: those of the configuration file, and those whose target came with their
 * publication, which are kept in the state directory. The hosts that the server's owner lists bound both.
 */
export class ServiceTargets {
  /** Read by the exchange; grows while the server runs. */
  readonly settings = new Map<ServiceId, ServiceSettings>();
  readonly #path: string;
  readonly #policy: TargetPolicy;
  readonly #clock: Clock;
  readonly #fixed: ReadonlySet<ServiceId>;
  readonly #added = new Map<ServiceId, ServiceTarget>();
  #writing: Promise<void> = Promise.resolve();

  private constructor({ services, stateDirectory }: ServerConfiguration, policy: TargetPolicy, clock: Clock) {
    this.#path = join(stateDirectory, "service-targets.json");
    this.#policy = policy;
    this.#clock = clock;
    this.#fixed = new Set(services.map(({ id }) => id));
    for (const service of services) this.#use(service);
  }

  /** @throws Error for a file in the state directory that is damaged */
  static async open(
    configuration: ServerConfiguration,
    policy: TargetPolicy,
    clock: Clock,
  ): Promise<ServiceTargets> {
    const targets = new ServiceTargets(configuration, policy, clock);
    for (const target of await readTargets(targets.#path)) {
      // What the configuration file says counts.
      if (targets.#fixed.has(target.id)) continue;
      targets.#added.set(target.id, target);
      targets.#use(target);
    }
    return targets;
  }

  /**
   * Whether a service may be there.
   * @throws SealwayError `target_not_allowed`; `bad_request` for a service whose target the configuration file has
   */
  check({ id, target }: ServiceTarget): void {
    if (this.#fixed.has(id))
      throw new SealwayError("bad_request", `the target of ${id} stands in the server's configuration file`);
    if (!URL.canParse(target)) throw new SealwayError("target_not_allowed", "the target is no URL");
    this.#policy.checkTarget(providerOf(id), new URL(target));
  }

  /** Keeps a target for good, and calls it from then on. @throws SealwayError as `check` */
  async set(target: ServiceTarget): Promise<void> {
    this.check(target);
    this.#added.set(target.id, target);
    await this.#write();
    this.#use(target);
  }

  /** Undoes `set` for a service that could not be published. @param before its settings before that */
  async putBack(id: ServiceId, before: ServiceSettings | undefined): Promise<void> {
    this.#added.delete(id);
    this.settings.delete(id);
    if (before !== undefined) {
      const { target, compartment } = before;
      this.#added.set(id, { id, target: target.href, concurrency: compartment.concurrency });
      this.settings.set(id, before);
    }
    await this.#write();
  }

  #use({ id, target, concurrency }: ServiceTarget): void {
    this.settings.set(id, {
      id,
      target: new URL(target),
      compartment: new Compartment(this.#clock, concurrency),
    });
  }

  #write(): Promise<void> {
    const write = () => {
      const file = { v: 1, targets: [...this.#added.values()] };
      return writeFileAtomically(
        this.#path,
        Buffer.from(`${JSON.stringify(file, undefined, 2)}\n`),
        "private",
      );
    };
    this.#writing = this.#writing.then(write, write);
    return this.#writing;
  }
}

async function readTargets(path: string): Promise<readonly ServiceTarget[]> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return '{"v":1,"targets":[]}';
    throw error;
  });
  const { v, targets } = JSON.parse(text) as {
    readonly v: unknown;
    readonly targets: readonly ServiceTarget[];
  };
  const isTarget = ({ id, target, concurrency }: ServiceTarget) =>
    isInOneSpelling(id, parseServiceId) && URL.canParse(target) && Number.isSafeInteger(concurrency);
  if (v !== 1 || !Array.isArray(targets) || !targets.every(isTarget)) throw new Error(`${path} is damaged`);
  return targets;
}
