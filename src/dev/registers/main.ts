import { parseArgs } from "node:util";
import { defaultSeed, generateCountry } from "./country.ts";
import { isRegisterName, type RegisterName } from "./register-table.ts";
import { startRegister } from "./start-register.ts";

/*
 * A process with registers in it, for the demonstration and the benchmark:
 *   node main.ts [--seed TEXT] [--host ADDRESS] NAME=PORT …
 * Writes {"ready":true,"pid":…,"registers":{NAME: URL, …}} on one line once all of them listen, and ends on
 * SIGTERM or SIGINT. Port 0 takes a free one.
 */
const { values, positionals } = parseArgs({
  options: { seed: { type: "string", default: defaultSeed }, host: { type: "string", default: "127.0.0.1" } },
  allowPositionals: true,
});
const country = generateCountry(values.seed);
const chosen = positionals.map(parseChoice);
const running = await Promise.all(
  chosen.map(({ name, port }) => startRegister({ name, port, host: values.host, country })),
);
const registers = Object.fromEntries(chosen.map(({ name }, i) => [name, running[i]!.url]));

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, async () => {
    await Promise.all(running.map((register) => register.close()));
    process.exit(0);
  });
}
process.stdout.write(`${JSON.stringify({ ready: true, pid: process.pid, registers })}\n`);

function parseChoice(text: string): { name: RegisterName; port: number } {
  const [, name = "", port = ""] = /^([a-z]+)=(\d{1,5})$/.exec(text) ?? [];
  if (!isRegisterName(name)) throw new Error(`not a register and its port, like population=6001: ${text}`);
  return { name, port: Number(port) };
}
