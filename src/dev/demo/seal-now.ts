import type { RunningCountry } from "../country/start-country.ts";

/**
 * Asks gateways for their time-stamps now, as an operator could.
 * @returns those that everything was time-stamped at
 */
export async function sealNow(
  { process }: Pick<RunningCountry, "process">,
  servers: readonly { readonly name: string }[],
): Promise<readonly string[]> {
  const done = await Promise.all(
    servers.map(({ name }) => {
      const line = process(name).nextLine(({ msg }) => msg === "time-stamped on request");
      process(name).signal("SIGUSR2");
      return line;
    }),
  );
  return servers.filter((_, i) => done[i]!.sealed === true).map(({ name }) => name);
}
