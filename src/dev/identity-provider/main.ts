import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { systemClock } from "../../core/clock.ts";
import { defaultSeed, generateCountry } from "../registers/country.ts";
import { startIdentityProvider } from "./identity-provider.ts";

/*
 * A process with the identity provider of a country in it:
 *   node main.ts --port PORT --key-file JWK --client ID --secret-file FILE --origin URL [--seed TEXT]
 *     --console-client ID --console-secret-file FILE [--console-origin URL]...
 * Its clients are the portal at that origin, and the consoles at theirs. Writes {"ready":true,"pid":…,"issuer":URL} on one line once it listens,
 * and ends on SIGTERM or SIGINT.
 */
const text = { type: "string", default: "" } as const;
const { values } = parseArgs({
  options: {
    ...{ port: text, "key-file": text, client: text, "secret-file": text, origin: text },
    seed: { type: "string", default: defaultSeed },
    ...{ "console-client": text, "console-secret-file": text },
    "console-origin": { type: "string", multiple: true, default: [] },
  },
});
const secretIn = async (file: string) => (await readFile(file, "utf8")).trimEnd();
const consoles = values["console-origin"];
const provider = await startIdentityProvider({
  port: Number(values.port),
  key: JSON.parse(await readFile(values["key-file"], "utf8")),
  country: generateCountry(values.seed),
  clock: systemClock,
  clients: [
    {
      id: values.client,
      secret: await secretIn(values["secret-file"]),
      redirectUris: [`${values.origin}/signed-in`],
      postLogoutRedirectUris: [`${values.origin}/`],
      offers: "citizens",
    },
    {
      id: values["console-client"],
      secret: await secretIn(values["console-secret-file"]),
      redirectUris: consoles.map((origin) => `${origin}/signed-in`),
      postLogoutRedirectUris: consoles.map((origin) => `${origin}/`),
      offers: "officers",
    },
  ],
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, async () => {
    await provider.close();
    process.exit(0);
  });
}
process.stdout.write(`${JSON.stringify({ ready: true, pid: process.pid, issuer: provider.issuer })}\n`);
