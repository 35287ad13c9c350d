import type { ProcessPlan } from "./child-process.ts";
import { portalClient, portalSecretFile, privateKeysFile } from "./citizens.ts";
import { consoleClient, consoleSecretPath, consoleUrls } from "./consoles.ts";
import type { Country } from "./country.ts";

/** The identity provider, at which citizens and officers sign in. */
export function identityProviderPlan(country: Country): ProcessPlan {
  const { portalUrl, ports, seed } = country;
  const files = ["--key-file", privateKeysFile(country), "--secret-file", portalSecretFile(country)];
  const client = ["--client", portalClient, "--origin", portalUrl, "--seed", seed];
  const consoles = [
    ...["--console-client", consoleClient, "--console-secret-file", consoleSecretPath(country)],
    ...consoleUrls(country).flatMap((url) => ["--console-origin", url]),
  ];
  return {
    name: "identity-provider",
    script: "dev/identity-provider/main.ts",
    args: ["--port", String(ports.citizens.identityProvider), ...files, ...client, ...consoles],
    isReady: ({ ready }) => ready === true,
  };
}
