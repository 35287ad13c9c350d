import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { systemClock } from "../../core/clock.ts";
import { defaultSeed, generateCountry } from "../registers/country.ts";
import { startIdentityProvider } from "./identity-provider.ts";

/*
 * A process with the identity provider of a country in it:
 *   node main.ts --port PORT --key-file JWK --client ID --secret-file FILE --origin URL [--seed TEXT]
 * Its one client is the portal at that origin. Writes {"ready":true,"pid":…,"issuer":URL} on one line once it listens,
 * and ends on SIGTERM or SIGINT.
 */
const text = { type: "string", default: "" } as const;
const { values } = parseArgs({
  options: {
    ...{ port: text, "key-file": text, client: text, "secret-file": text, origin: text },
    seed: { type: "string", default: defaultSeed },
  },
});
const provider = await startIdentityProvider({
  port: Number(values.port),
  key: JSON.parse(await readFile(values["key-file"], "utf8")),
  country: generateCountry(values.seed),
  clock: systemClock,
  clients: [
    {
      id: values.client,
      secret: (await readFile(values["secret-file"], "utf8")).trimEnd(),
      redirectUris: [`${values.origin}/signed-in`],
      postLogoutRedirectUris: [`${values.origin}/`],
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
