import type { ClientId } from "../core/ids.ts";
import type { SoughtPerson } from "../messagelog/search/sought-person.ts";
import type { FoundUses, UsesQuestion } from "./usage-thread.ts";

/** What lists of uses are made from; it answers beside the traffic. */
export interface UsageDesk {
  /** @throws SealwayError `log_unavailable` */
  find(question: Omit<UsesQuestion, "person"> & { readonly person: SoughtPerson }): Promise<FoundUses>;
  /** From when on persons can be found, milliseconds. @throws SealwayError `log_unavailable` */
  since(provider: ClientId, now: number): Promise<number>;
}

/** The module of the thread's side. */
export const usageThread = new URL("./usage-thread.ts", import.meta.url).href;
