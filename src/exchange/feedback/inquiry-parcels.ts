import type { CaseJournal } from "./case-journal.ts";
import { addressee, type InquiryCase, type InquiryDeskParts } from "./inquiry-case.ts";
import type { InquiryEvent } from "./inquiry-event.ts";
import type { Parcel } from "./outbox.ts";

const code = "sealway.inquiry";

/** What an inquiry to this server makes it tell others: to keep the records, to keep them no longer, that it is late. */
export function inquiryParcels(
  one: InquiryCase,
  journal: CaseJournal<InquiryEvent>,
  parts: InquiryDeskParts,
): Parcel[] {
  if (one.name.side !== "addressee") return [];
  const isClosed = one.said("closed") !== undefined;
  const isTold = (what: "hold" | "release") => one.said("told", (event) => event.what === what) !== undefined;
  const parcels: Parcel[] = [];
  if (!isClosed && !isTold("hold")) parcels.push(toOther(one, journal, "hold"));
  // Also when it is not known whether the other side was reached: it knows.
  if (isClosed && !isTold("release")) parcels.push(toOther(one, journal, "release"));
  return [...parcels, ...(isClosed ? [] : escalation(one, journal, parts))];
}

const paths = { hold: "/holds", release: "/releases" } as const;

function toOther(one: InquiryCase, journal: CaseJournal<InquiryEvent>, what: "hold" | "release"): Parcel {
  const { id, about, own, peer } = one.name;
  return {
    ...{ name: `inquiry ${what} ${id}`, client: own, subsystem: peer, code, path: paths[what] },
    body: async () => ({ about, id }),
    delivered: () => journal.note({ ...addressee(one), event: "told", what }),
  };
}

function escalation(
  one: InquiryCase,
  journal: CaseJournal<InquiryEvent>,
  { services, supervisor, texts }: InquiryDeskParts,
): Parcel[] {
  const asked = one.said("asked");
  const isDone = one.said("answered") !== undefined || one.said("escalated") !== undefined;
  if (supervisor === null || asked === undefined || isDone || asked.due > services().clock.now()) return [];
  const { id, about, own } = one.name;
  return [
    {
      ...{ name: `inquiry escalation ${id}`, client: own, subsystem: supervisor, code, path: "/escalations" },
      body: async () => {
        const text = (await texts.read({ own, id, part: "text" }, asked.text)) ?? "(erased)";
        return { about, id, text, asked: asked.time, due: asked.due };
      },
      delivered: () => journal.note({ ...addressee(one), event: "escalated", to: supervisor }),
    },
  ];
}
