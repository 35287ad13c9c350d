import { join, resolve } from "node:path";
import { newTlsMaterial, type RunningHops, startNginxPair, startPassThrough } from "./baselines.ts";
import { type BenchCountry, startBenchCountry } from "./bench-country.ts";
import type { BenchPlan, ContentKind } from "./bench-plan.ts";
import { Child } from "./child.ts";
import type { LoadOrder, LoadResult, TransferOrder, TransferResult } from "./load-order.ts";
import type { ProcessName, Route, RouteName } from "./routes.ts";

/** The echo behind each kind of service. */
const echoServices: Readonly<Record<ContentKind, string>> = {
  opaque: "population/echo",
  json: "population/echo-json",
};

/** Everything that a benchmark runs on, running. */
export interface Ground {
  readonly routes: readonly Route[];
  readonly country: BenchCountry;
  /** The processes of a call through both gateways. */
  readonly processes: Readonly<Record<ProcessName, number>>;
  load(order: LoadOrder): Promise<LoadResult>;
  transfer(order: TransferOrder): Promise<TransferResult>;
  /** Ends every process; gateways write their profiles then. */
  close(): Promise<void>;
}

type Opened = { close(): Promise<void> }[];

/**
 * Starts a country, the load generator and, unless the gateways are profiled, the comparisons.
 * @param directory an empty one
 */
export async function openGround(plan: BenchPlan, directory: string): Promise<Ground> {
  const opened: Opened = [];
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= closeAll(opened);
    return closing;
  };
  try {
    const { profileDirectory } = plan;
    const profiling =
      profileDirectory === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${resolve(profileDirectory)}`];
    const country = await startBenchCountry(join(directory, "country"), profiling);
    opened.push(country);
    const generator = new Child<LoadOrder | TransferOrder, unknown>(
      new URL("./load-process.ts", import.meta.url),
    );
    opened.push(generator);
    const { consumer, provider, register } = country;
    const processes = { generator: generator.pid, consumer, provider, register };
    const hops = profileDirectory === undefined ? await openBaselines(country.echo, directory, opened) : [];
    return {
      routes: [
        ...hops.map((hop) => ({
          ...hop,
          processes: { ...hop.processes, generator: generator.pid, register },
        })),
        ...plan.kinds.map((name) => ({ name, ...country.through(echoServices[name], "/echo"), processes })),
      ],
      ...{ country, processes, close },
      load: (order) => generator.ask(order) as Promise<LoadResult>,
      transfer: (order) => generator.ask(order) as Promise<TransferResult>,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function closeAll(opened: Opened): Promise<void> {
  for (const part of opened.toReversed()) await part.close();
}

async function openBaselines(register: string, directory: string, opened: Opened): Promise<Route[]> {
  const tls = newTlsMaterial();
  const plain = await startPassThrough(register, tls);
  opened.push(plain);
  const nginx = await startNginxPair(register, tls, join(directory, "nginx"));
  if (nginx !== undefined) opened.push(nginx);
  return [
    beside("direct", register, {}),
    beside("pass-through", plain.origin, plain),
    ...(nginx === undefined ? [] : [beside("nginx", nginx.origin, nginx)]),
  ];
}

function beside(name: RouteName, origin: string, hops: Partial<RunningHops>): Route {
  const { consumer, provider } = hops;
  return {
    ...{ name, url: `${origin}/echo`, headers: { "content-type": "application/json" } },
    processes: consumer === undefined || provider === undefined ? {} : { consumer, provider },
  };
}
