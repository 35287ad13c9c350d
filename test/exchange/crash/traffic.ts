import type { LoggedMessage } from "../country/logged.ts";
import { services } from "../country/plan.ts";
import type { RawAnswer } from "../country/raw-http.ts";
import { pathOf, type SmallCountry } from "../country.ts";

/** A call of an information system and what it saw: an answer, or a connection that broke. */
export interface Call {
  readonly queryId: string;
  readonly answer: RawAnswer | undefined;
}

let calls = 0;

/** One call under a query id of its own. */
export async function call(country: SmallCountry, httpPort: number): Promise<Call> {
  const queryId = `crash-${++calls}`;
  const ask = { path: pathOf(services.open, `/${queryId}`), headers: ["X-Road-Id", queryId] };
  const answer = await country.ask(ask, { port: httpPort }).catch(() => undefined);
  return { queryId, answer };
}

/** Some information systems that call, each one after the other, until their gateway is gone. */
export async function traffic(country: SmallCountry, httpPort: number): Promise<readonly Call[]> {
  const all: Call[] = [];
  const system = async () => {
    for (let i = 0; i < 4; i++) {
      const made = await call(country, httpPort);
      all.push(made);
      if (made.answer === undefined) return;
    }
  };
  await Promise.all([system(), system(), system()]);
  return all;
}

/** The messages of each exchange in a log, oldest first. */
export function byExchange(
  messages: readonly LoggedMessage[],
): ReadonlyMap<string, readonly LoggedMessage[]> {
  return Map.groupBy(messages, ({ document }) => document.id);
}

/** What stands in a log of one exchange, in short: `sent request, received response`. */
export function story(messages: readonly LoggedMessage[] | undefined): string {
  const word = ({ what, document }: LoggedMessage) =>
    what + (document.fault ? ` ${document.fault.code}` : "");
  return (messages ?? []).map(word).join(", ");
}
