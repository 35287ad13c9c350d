import type { LogDesk } from "../messagelog/desk/log-desk.ts";
import type { LogReader } from "../messagelog/message-store.ts";
import { type UsageDesk, usageThread } from "../tracker/usage-desk.ts";
import type { FoundUses, UsageQuestion } from "../tracker/usage-thread.ts";
import { spellingsIn } from "./spellings.ts";

/** What lists of uses are made from, answered by the thread beside the traffic. */
export function openUsageDesk(desk: LogDesk): UsageDesk {
  const ask = (question: UsageQuestion) => desk.ask("above", { module: usageThread, question });
  const kept: Pick<LogReader, "documentsOf"> = {
    documentsOf: async (kind) => {
      const found = await desk.ask("documents", { kind });
      return found.map((document) => ({ ...document, bytes: Buffer.from(document.bytes) }));
    },
  };
  return {
    find: async (question) => {
      const { person } = question;
      const values = await spellingsIn(kept, person);
      const uses = { ...question, person: { scheme: person.scheme, values } };
      return (await ask({ kind: "uses", uses })) as FoundUses;
    },
    since: async (provider, now) => (await ask({ kind: "since", provider, now })) as number,
  };
}
