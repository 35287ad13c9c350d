import type { ExchangeAccount, ToldMessage } from "../../admin/exchange-desk.ts";
import { type Html, html } from "../../web/html.ts";
import { table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { fill, named } from "../words/word-book.ts";
import { exchangesWords } from "./words.ts";

interface Event {
  readonly time: string;
  readonly where: string;
  readonly what: string;
  readonly clock: "signer" | "otherSigner" | "server" | "authority" | "otherAuthority";
}

/** When the other side's log had a message time-stamped, as its evidence proves. */
export interface OtherStamp {
  /** RFC 3339 in UTC. */
  readonly time: string;
  /** `request`, `response` and so on. */
  readonly message: string;
}

/** What happened, oldest first, on each side that is at hand. @param others of the other side's evidence, verified */
export function timeline(visit: Visit, account: ExchangeAccount, others: readonly OtherStamp[] = []): Html {
  const words = visit.words(exchangesWords).timeline;
  const messages = account.sides.flatMap((side) => side.messages);
  const events = account.sides.flatMap(({ role, messages: own }) =>
    own.flatMap((message) => eventsOf(visit, account, role, message)),
  );
  const all = [...events, ...others.map((stamp) => stampedThere(visit, account, stamp))];
  // Both sides of one server have each message: its signer sealed it once.
  const once = new Map(all.map((event) => [JSON.stringify(event), event]));
  const ordered = [...once.values()].toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  const rows = ordered.map(({ time, where, what, clock }) => [instant(time), where, what, words[clock]]);
  const isOpen = messages.every(({ type }) => type === "request");
  const waits = messages.some(({ timeStamp }) => timeStamp === null);
  return html`<h2 id="timeline">${words.title}</h2>
${table(visit, words.caption, [words.when, words.where, words.what, words.word], rows)}
${isOpen ? html`<p>${words.open}</p>` : null}
${waits ? html`<p>${words.waits}</p>` : null}
${account.sides.length > 1 || others.length > 0 ? null : html`<p>${words.other}</p>`}`;
}

function stampedThere(visit: Visit, account: ExchangeAccount, { message, time }: OtherStamp): Event {
  const { messages, timeline: words } = visit.words(exchangesWords);
  const isProviders = account.sides.every(({ role }) => role === "consumer");
  return {
    ...{ time, what: fill(words.stamped, { message: named(messages, message) }), clock: "otherAuthority" },
    where: isProviders ? account.providerServer : account.consumerServer,
  };
}

function eventsOf(
  visit: Visit,
  { consumerServer, providerServer, sides }: ExchangeAccount,
  role: "consumer" | "provider",
  message: ToldMessage,
): Event[] {
  const { messages, timeline: words } = visit.words(exchangesWords);
  const here = role === "consumer" ? consumerServer : providerServer;
  const isConsumers = message.type === "request" || message.signerRole === "client";
  // Its seal proves that the other side says so, not that its clock was right.
  const isOthers = sides.length === 1 && isConsumers !== (role === "consumer");
  const called = { message: messages[message.type] };
  const { timeStamp } = message;
  const sealed: Event = {
    time: message.sealed,
    what: fill(words.sealed, called),
    clock: isOthers ? "otherSigner" : "signer",
    where: isConsumers ? consumerServer : providerServer,
  };
  const what = fill(words.recorded, called);
  const recorded: Event = { time: message.recorded, what, where: here, clock: "server" };
  if (timeStamp === null) return [sealed, recorded];
  const stamped = fill(words.stamped, called);
  return [sealed, recorded, { time: timeStamp.time, what: stamped, where: here, clock: "authority" }];
}

/** To the millisecond: messages follow each other within a second. */
function instant(time: string): Html {
  return html`<time datetime="${time}">${time.replace("T", " ").replace("Z", " UTC")}</time>`;
}
