import type { LoggedMessage } from "../country/logged.ts";
import type { RawAnswer } from "../country/raw-http.ts";
import type { Watched } from "../country.ts";
import { story } from "../crash/traffic.ts";

/** What came of a call that failed: what the information system was told, and what both logs and the register have. */
export interface Told {
  readonly status: number;
  readonly code: unknown;
  readonly hop: unknown;
  readonly asking: string;
  readonly answering: string;
  /** Calls that reached the register. */
  readonly calls: number;
}

export function told({ result, asking, answering, calls }: Watched<RawAnswer>): Told {
  const { code, hop } = result.json();
  return { status: result.status, code, hop, asking: story(asking), answering: story(answering), calls };
}

/** A failure that the consumer's gateway concludes by itself once its request was sent. */
export function concluded(status: number, code: string): Told {
  const asking = `sent request, sent fault ${code}`;
  return { status, code, hop: "consumer", asking, answering: "", calls: 0 };
}

/** A failure for which the provider's gateway signed a fault. */
export function faulted(status: number, code: string, calls: number): Told {
  const answering = `received request, sent fault ${code}`;
  const asking = `sent request, received fault ${code}`;
  return { status, code, hop: "provider", asking, answering, calls };
}

/** The hop that the signed fault names. */
export function faultHop(messages: readonly LoggedMessage[]): string | undefined {
  return messages.find(({ document }) => document.fault !== null)?.document.fault?.hop;
}
