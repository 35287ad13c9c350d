import type { CaseDesk, CaseKind, ToldCase } from "../../admin/case-desk.ts";
import type { Json } from "../../core/canonical-json.ts";
import { type ClientId, parseClientId, parseServiceId } from "../../core/ids.ts";
import type { CaseworkOrder, CaseworkReports } from "../casework-orders.ts";
import type { ServerConfiguration } from "../server-configuration.ts";
import { orderServer } from "./order-server.ts";

/** Members of views that are times, in milliseconds. */
const times: ReadonlySet<string> = new Set(["time", "due", "asOf", "from", "until"]);
/** What `show` adds to a view. */
const texts: Readonly<Record<CaseKind, readonly string[]>> = {
  feedback: ["text", "reason"],
  corrections: ["subject", "note", "reasons"],
  inquiries: ["person", "text", "answer"],
};

/** Feedback, corrections and inquiries, by the order socket of the running server. */
export function caseDesk({ stateDirectory }: ServerConfiguration): CaseDesk {
  const order = <Order extends CaseworkOrder>(one: Order) =>
    orderServer<CaseworkReports[Order["order"]]>(stateDirectory, one);
  const answer = (outcome: string, reason: string | undefined) =>
    ({ outcome, ...(reason !== undefined && { reason }) }) as { readonly outcome: never };
  return {
    list: async (kind, { cursor, members, ...wanted }) => {
      const before = cursor === undefined ? {} : { before: Number(cursor) };
      const of = members === undefined ? {} : { members: [...members] };
      const page = await order({ order: `${kind} list`, ...wanted, ...of, ...before });
      return { cases: page.cases.map(toldCase), cursor: page.before === null ? null : `${page.before}` };
    },
    texts: async (kind, { id, own }) => {
      const named = kind === "corrections" ? { own: parseClientId(own) } : {};
      const shown: object = await order({ order: `${kind} show`, id, ...named } as CaseworkOrder);
      return Object.fromEntries(Object.entries(shown).filter(([name]) => texts[kind].includes(name)));
    },
    sendFeedback: async ({ text, ...report }) => {
      const written = text === undefined ? {} : { text };
      const sent = { order: "feedback send", ...report, ...written } as Extract<
        CaseworkOrder,
        { order: "feedback send" }
      >;
      const { report: id, due } = await order(sent);
      return { report: id, due: new Date(due).toISOString() };
    },
    answerFeedback: async (id, outcome, reason) =>
      toldCase(await order({ order: "feedback answer", id, ...answer(outcome, reason) })),
    announce: ({ note, own, service, ...rest }) =>
      order({
        ...{ order: "corrections announce", own: parseClientId(own), service: parseServiceId(service) },
        ...rest,
        ...(note !== undefined && { note }),
      }),
    answerCorrection: async ({ id, own }, outcome, reason) => {
      const given = answer(outcome, reason);
      return toldCase(await order({ order: "corrections answer", id, own: own as ClientId, ...given }));
    },
    answerInquiry: async (id, text) => toldCase(await order({ order: "inquiries answer", id, text })),
    closeInquiry: async (id) => toldCase(await order({ order: "inquiries close", id })),
  };
}

function toldCase(shown: object): ToldCase {
  const { report, id = report!, ...view } = shown as Readonly<Record<string, Json>>;
  const told = Object.entries(view).map(([name, value]) => [
    name,
    times.has(name) && typeof value === "number" ? new Date(value).toISOString() : value,
  ]);
  const { own, side } = view;
  return { id: String(id), own: String(own), side: String(side), told: { id, ...Object.fromEntries(told) } };
}
