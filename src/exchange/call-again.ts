import { Readable } from "node:stream";
import { providerOf } from "../core/ids.ts";
import { awaitConfiguration, longPatience } from "./await-configuration.ts";
import type { ConsumerExchange, InformationSystemCall } from "./consumer-exchange.ts";
import { isUnsent } from "./no-answer.ts";
import type { Problem } from "./problem.ts";

/**
 * The same call once more, for the server that serves the provider by now. Only where nothing was done: the server that
 * was asked has said in a signed refusal that it does not serve the provider any more, or nothing could be sent to it.
 * Where the provider is, says the configuration alone: a server that says so wrongly gains nothing.
 * @returns undefined where there is no other server to ask
 */
export async function callAgain(
  x: ConsumerExchange,
  { code }: Problem,
): Promise<InformationSystemCall | undefined> {
  const { services, to } = x;
  if (to === undefined) return undefined;
  const serverNow = (trust: typeof x.trust) => trust.directory.serverOf(providerOf(x.target.service))?.id;
  const hasMoved = (trust: typeof x.trust) => serverNow(trust) !== undefined && serverNow(trust) !== to.id;
  const answer = x.answer as typeof x.answer | undefined;
  const isRefused = code === "provider_moved" && answer?.document.type === "refusal";
  // What a peer says of itself in an answer, it says of something that it has.
  if (!isRefused && (answer !== undefined || !isUnsent(code))) return undefined;
  const named = isRefused ? answer.document.configuration.version : 0;
  const now = { before: services.trust(), named, patience: longPatience };
  if (!hasMoved(await awaitConfiguration(services, now, hasMoved))) return undefined;
  return { ...x.call, body: x.body?.stream() ?? Readable.from([]), proceed: nothing };
}

/** The body is here already. */
function nothing(): void {}
