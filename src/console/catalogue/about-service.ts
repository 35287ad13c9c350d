import type { ShownService } from "../../admin/use-cases/catalogue.ts";
import { type Child, type Html, html } from "../../web/html.ts";
import { definitions, table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { fill, named } from "../words/word-book.ts";
import { textIn } from "./text-in.ts";
import { catalogueWords } from "./words.ts";

type Description = ShownService["description"];

/** What the description says of the service as a whole. */
export function aboutService(visit: Visit, service: ShownService): Html {
  const { entry, service: words, states } = visit.words(catalogueWords);
  const { description: of } = service;
  const { contacts, freshness, quota } = of;
  const limits = [
    quota?.perMinute === undefined ? [] : [fill(words.perMinute, { count: quota.perMinute })],
    quota?.perDay === undefined ? [] : [fill(words.perDay, { count: quota.perDay })],
  ].flat();
  const pairs: readonly (readonly [string, Child])[] = [
    [words.summary, textIn(visit, of.description)],
    [entry.version, service.version],
    [entry.state, named(states, service.state)],
    [words.sunset, service.sunset],
    [entry.domain, of.domain],
    [entry.register, of.source?.register],
    [entry.authority, of.responsibleAuthority],
    [words.kind, of.contentKind],
    [words.classification, of.classification],
    [words.visibility, of.visibility],
    [words.timeout, fill(words.milliseconds, { count: of.timeoutMs })],
    [
      words.freshness,
      freshness === undefined ? null : fill(words.seconds, { count: freshness.maxAgeSeconds }),
    ],
    [words.quota, limits.length === 0 ? null : limits.join(", ")],
    [words.steward, contactOf(contacts?.steward)],
    [words.incidents, contactOf(contacts?.incidents)],
  ];
  return definitions(pairs.filter(([, value]) => value !== null && value !== undefined));
}

function contactOf(contact: NonNullable<Description["contacts"]>["steward"] | undefined): string | null {
  if (contact === undefined) return null;
  const { email, name, telephone } = contact;
  return [name, email, telephone].filter((part) => part !== undefined).join(", ");
}

export function lawOf(visit: Visit, { lawfulBases = [] }: Description): Html {
  const words = visit.words(catalogueWords).service;
  const rows = lawfulBases.map(({ basis, provision }) => [provision, basis]);
  return table(visit, words.law, [words.provision, words.basis], rows);
}

export function purposesOf(visit: Visit, { purposes = [] }: Description): Html {
  const words = visit.words(catalogueWords).service;
  const heads = [words.purpose, words.elements, words.permission, words.uses, words.byLaw];
  const rows = purposes.map(({ byLaw, decisionUses = [], elements, id, permission, title }) => [
    html`<code>${id}</code> ${textIn(visit, title)}`,
    elements.join(", "),
    permission,
    decisionUses.join(", "),
    byLaw === undefined ? null : fill(words.within, { provision: byLaw.provision, days: byLaw.withinDays }),
  ]);
  return table(visit, words.purposes, heads, rows);
}
