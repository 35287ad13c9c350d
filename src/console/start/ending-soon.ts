import { type Child, type Html, html } from "../../web/html.ts";
import { keyAddress, keysOf, slotText } from "../members/shown-key.ts";
import { keysInForce, type ShownKey, type ShownUser } from "../people/shown-user.ts";
import { routeOf } from "../route-of.ts";
import { moment, table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { fill } from "../words/word-book.ts";
import { startWords } from "./words.ts";

const listKeys = routeOf("GET /keys");
const listUsers = routeOf("GET /users");
const listOwn = routeOf("GET /me/keys");

const dayMs = 86_400_000;
const soon = { certificate: 30 * dayMs, token: 14 * dayMs };

const mostShown = 50;

interface Ending {
  readonly what: Child;
  readonly ends: string;
  /** As precisely as it is known. */
  readonly shown: Child;
}

/** Certificates and API keys that end soon, as far as the visitor may see them. */
export async function endingSoon(visit: Visit): Promise<Html | null> {
  const words = visit.words(startWords).start;
  const all = [...(await certificates(visit)), ...(await tokens(visit))];
  if (all.length === 0) return null;
  const rows = all
    .toSorted((a, b) => (a.ends < b.ends ? -1 : 1))
    .slice(0, mostShown)
    .map(({ what, shown }): Child[] => [what, shown]);
  return html`<h2>${words.soon}</h2><p>${words.soonHint}</p>${table(visit, words.soon, [words.what, words.ends], rows)}`;
}

async function certificates(visit: Visit): Promise<Ending[]> {
  if (!visit.may(listKeys)) return [];
  const words = visit.words(startWords).start;
  return (await keysOf(visit)).flatMap((key) => {
    const { ends, state } = key;
    // What was replaced in time may end; what is used has to be replaced even then.
    const hasEnded = ends !== null && today(visit) > ends && !state.startsWith("used");
    if (ends === null || hasEnded || !isSoon(visit, ends, "certificate")) return [];
    const text = fill(words.certificate, { name: key.name, slot: slotText(visit, key.slot) });
    return [{ what: html`<a href="${keyAddress(key)}">${text}</a>`, ends, shown: ends }];
  });
}

async function tokens(visit: Visit): Promise<Ending[]> {
  const words = visit.words(startWords).start;
  const ending = (keys: readonly ShownKey[]) =>
    keysInForce(visit, keys).filter(({ ends }) => isSoon(visit, ends, "token"));
  if (!visit.may(listUsers)) {
    const { keys } = (await visit.ask<{ readonly keys: readonly ShownKey[] }>(listOwn)).body;
    return ending(keys).map(({ name, ends }) => {
      return { what: html`<a href="/me">${fill(words.ownToken, { name })}</a>`, ends, shown: moment(ends) };
    });
  }
  const { users } = (await visit.ask<{ readonly users: readonly ShownUser[] }>(listUsers)).body;
  return users.flatMap((user) =>
    ending(user.keys).map(({ name, ends }) => {
      const text = fill(words.token, { name, user: user.name });
      return { what: html`<a href="/users/${user.id}">${text}</a>`, ends, shown: moment(ends) };
    }),
  );
}

function today(visit: Visit): string {
  return new Date(visit.services.admin.clock.now()).toISOString().slice(0, 10);
}

function isSoon(visit: Visit, ends: string, kind: keyof typeof soon): boolean {
  return Date.parse(ends) - visit.services.admin.clock.now() < soon[kind];
}
