import { join } from "node:path";
import type { RegisterName } from "../registers/register-table.ts";
import { type ProcessPlan, type RunningProcess, startProcess } from "./child-process.ts";
import { portalPlan } from "./citizens.ts";
import type { Country, CountryServer } from "./country.ts";
import { identityProviderPlan } from "./identity-provider-plan.ts";

/** The processes that hold registers; the Business Register has one of its own, so that it can fail alone. */
const registerProcesses: Readonly<Record<string, readonly RegisterName[]>> = {
  registers: ["population", "archive", "tax", "benefits", "diplomas", "echo", "city"],
  "business-register": ["business"],
};

export type RegisterProcess = keyof typeof registerProcesses;

/** A country whose processes run. */
export interface RunningCountry {
  readonly country: Country;
  /** By name; gateways are named after their servers. */
  process(name: string): RunningProcess;
  /** Starts a process of registers that was stopped. */
  restartRegisters(name: RegisterProcess): Promise<void>;
  /** Ends every process: gateways first, which still have messages time-stamped. */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** Told of each process that is ready. */
  readonly progress?: (name: string) => void;
  /** Ends all processes, those that are being started, too. */
  readonly signal?: AbortSignal;
  /** For node itself in all of them: how they are profiled, for instance. */
  readonly nodeArguments?: readonly string[];
}

/**
 * Starts the processes of a country: trust services, registers, identity provider and authority together, then the
 * gateways and the portal, which waits for nobody.
 * @throws Error naming the process that could not be started; none is left running then
 */
export async function startCountry(country: Country, options: StartOptions = {}): Promise<RunningCountry> {
  const { progress = () => {}, signal, nodeArguments = [] } = options;
  const started = new Map<string, RunningProcess>();
  const start = async (plan: ProcessPlan) => {
    signal?.throwIfAborted();
    const process = startProcess(plan, join(country.logDirectory, `${plan.name}.log`), nodeArguments);
    started.set(plan.name, process);
    await process.ready;
  };
  const startAndTell = async (plan: ProcessPlan) => {
    await start(plan);
    progress(plan.name);
  };
  const stop = async () => {
    await Promise.all(country.servers.map(({ name }) => started.get(name)?.stop()));
    await Promise.all([...started.values()].map((process) => process.stop()));
  };
  const abort = () => void stop();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    const first = [
      trustServices(country),
      authority(country),
      identityProviderPlan(country),
      ...registers(country),
    ];
    await all(first.map(startAndTell));
    await all([...country.servers.map(gateway), portalPlan(country)].map(startAndTell));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    country,
    stop,
    process: (name) => started.get(name)!,
    restartRegisters: (name) => start(registersPlan(country, name)),
  };
}

/** Waits for all, so that none is left starting when one has failed. @throws the first failure */
async function all(starting: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(starting)).find(({ status }) => status === "rejected");
  if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
}

const saysReady: ProcessPlan["isReady"] = ({ ready }) => ready === true;
const logs =
  (message: string): ProcessPlan["isReady"] =>
  ({ msg }) =>
    msg === message;

function trustServices({ trustDirectory, passphraseFile, ports: { trust } }: Country): ProcessPlan {
  const files = ["--identities", trustDirectory, "--passphrase-file", passphraseFile];
  const ports = ["--ca", trust.ca, "--ocsp", trust.ocsp, "--tsa", trust.tsa].map(String);
  const script = "dev/country/trust-services-main.ts";
  return { name: "trust-services", script, args: [...files, ...ports], isReady: saysReady };
}

function registers(country: Country): ProcessPlan[] {
  return Object.keys(registerProcesses).map((name) => registersPlan(country, name));
}

function registersPlan({ seed, ports }: Country, name: RegisterProcess): ProcessPlan {
  const chosen = registerProcesses[name]!.map((register) => `${register}=${ports.registers[register]}`);
  return { name, script: "dev/registers/main.ts", args: ["--seed", seed, ...chosen], isReady: saysReady };
}

function authority({ authorityDirectory, registryFile, passphraseFile, ports }: Country): ProcessPlan {
  const files = [
    "--state",
    authorityDirectory,
    "--registry",
    registryFile,
    "--passphrase-file",
    passphraseFile,
  ];
  const args = ["authority", ...files, "--port", String(ports.authority)];
  return {
    name: "authority",
    script: "sealway.mjs",
    args,
    isReady: logs("serving the global configuration"),
  };
}

function gateway({ name, configurationFile }: CountryServer): ProcessPlan {
  const args = ["serve", "--config", configurationFile, "--demonstration"];
  return { name, script: "sealway.mjs", args, isReady: logs("ready") };
}
