import { systemClock } from "../../core/clock.ts";
import { buildCountry } from "../country/build-country.ts";
import { serverOf } from "../country/country.ts";
import { subsystem } from "../country/members.ts";
import { planPorts } from "../country/ports.ts";
import { service } from "../country/services.ts";
import { startCountry } from "../country/start-country.ts";

const client = subsystem("benefits");
const provider = subsystem("population");

/** A running country as the benchmark sees it: one consumer, one provider, one register. */
export interface BenchCountry {
  /** Process ids. */
  readonly consumer: number;
  readonly provider: number;
  readonly register: number;
  /** Origin of the echo register, past the gateways. */
  readonly echo: string;
  /** `GET /health` of both gateways. */
  readonly healthUrls: readonly string[];
  /** How a call goes through both gateways. @param name of a service, `population/echo` */
  through(name: string, path: string): { readonly url: string; readonly headers: Record<string, string> };
  close(): Promise<void>;
}

/**
 * Builds and starts a country on ports that are free.
 * @param directory an empty one
 * @param nodeArguments for its processes: how they are profiled
 */
export async function startBenchCountry(
  directory: string,
  nodeArguments: readonly string[],
): Promise<BenchCountry> {
  const ports = await planPorts(0);
  const country = await buildCountry(directory, { ports, clock: systemClock });
  const running = await startCountry(country, { nodeArguments });
  const servers = [client, provider].map((served) => serverOf(country, served));
  const [consumer, answering] = servers.map(({ name }) => running.process(name).pid);
  return {
    consumer: consumer!,
    provider: answering!,
    register: running.process("registers").pid,
    echo: `http://127.0.0.1:${ports.registers.echo}`,
    healthUrls: servers.map((server) => `http://127.0.0.1:${server.ports.health}/health`),
    through: (name, path) => ({
      url: `http://127.0.0.1:${servers[0]!.ports.consumer}/r1/${service(name)}${path}`,
      headers: { "x-road-client": client, "content-type": "application/json" },
    }),
    close: () => running.stop(),
  };
}
