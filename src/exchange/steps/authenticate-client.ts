import { checkClient } from "../check-client.ts";
import { checkSeal } from "../check-seal.ts";
import type { ConsumerExchange } from "../consumer-exchange.ts";

/** Step 2: the information system proves that it belongs to the client that it names. */
export function authenticateClient(x: ConsumerExchange): void {
  const { client, call, headers, services, trust } = x;
  const { connection } = call;
  x.seal = checkClient(services, trust, { client, connection, bearerToken: headers.bearerToken });
  checkSeal(services, trust, x.seal);
}
