import type { Text } from "../../catalogue/vocabulary.ts";
import { sha256Base64Url } from "../../core/bytes.ts";
import { canonicalJson, type Json } from "../../core/canonical-json.ts";
import { type Permission, type PermissionLimits, partiesOf } from "./permission.ts";

/*
 * What a person reads before acting: made from the catalogue's words and the terms, by this alone, so that nobody can
 * show something else than what is signed. Its digest is the nonce of the sign-in.
 */

/** The words for what a permission names by identifiers. */
export interface PermissionWords {
  /** Names of the parties as they are registered: who gets the data, and who gives it. */
  readonly consumer: string;
  readonly provider: string;
  readonly service: Text;
  readonly purpose: Text;
  /** Titles of the data elements, in the order of `elements`. */
  readonly elements: readonly Text[];
}

/** Languages in which it is shown; whoever shows it chooses. */
export const textLanguages = ["en", "zh"] as const;
export type TextLanguage = (typeof textLanguages)[number];

/** What the person is asked to do. */
export type AskedAct = "give" | "extend";

/** The terms that a text tells. */
export type TextTerms = Pick<
  Permission,
  "id" | "kind" | "consumer" | "service" | "pattern" | "fields" | "validity" | "limits" | "representation"
>;

export interface PermissionText {
  readonly v: 1;
  readonly permission: string;
  /** That the act would make: a sign-in for one is none for another. */
  readonly revision: number;
  readonly act: AskedAct;
  /** Lines to show, by language. */
  readonly lines: Readonly<Record<TextLanguage, readonly string[]>>;
}

/** @param revision that the act would make */
export function permissionText(
  act: AskedAct,
  terms: TextTerms,
  revision: number,
  words: PermissionWords,
): PermissionText {
  const lines = Object.fromEntries(
    textLanguages.map((language) => [language, linesIn(language, act, terms, words)]),
  ) as Record<TextLanguage, readonly string[]>;
  return { v: 1, permission: terms.id, revision, act, lines };
}

/** The canonical bytes: what is kept, and of which the digest is signed in for. */
export function serializeText(text: PermissionText): string {
  return canonicalJson(text as unknown as Json);
}

/** base64url SHA-256 of the canonical text. */
export function textDigest(text: PermissionText): string {
  return sha256Base64Url(serializeText(text));
}

/** @param about whom the data is about */
type Sentence = (recipient: string, discloser: string, about: string) => string;

interface Phrases {
  readonly kinds: Readonly<Record<Permission["kind"], Sentence>>;
  /** Of an explicit request that the giver sends the data, unasked. */
  readonly send: Sentence;
  /** Whom the data is about: the reader, or whom the reader acts for. */
  readonly you: string;
  readonly other: string;
  readonly extend: string;
  readonly purpose: (title: string) => string;
  readonly service: (title: string) => string;
  readonly sentTo: (title: string) => string;
  readonly data: (titles: string) => string;
  readonly onlyFields: (fields: string) => string;
  readonly validity: (from: string, to: string) => string;
  readonly anyUses: string;
  readonly uses: (count: number) => string;
  readonly perPeriod: (count: number, days: number) => string;
  readonly dataPeriod: (from: string, to: string) => string;
  readonly keepDays: (days: number) => string;
  readonly keepByLaw: string;
  readonly represented: string;
  readonly withdraw: string;
  readonly separator: string;
}

const phrases: Readonly<Record<TextLanguage, Phrases>> = {
  en: {
    kinds: {
      consent: (consumer, provider, about) =>
        `You consent that ${provider} gives data about ${about} to ${consumer}.`,
      "explicit-request": (consumer, provider, about) =>
        `You request that ${consumer} fetches data about ${about} from ${provider}.`,
      mandate: (consumer, provider, about) =>
        `You give a mandate: ${consumer} may act for ${about} and get data about ${about} from ${provider}.`,
    },
    send: (recipient, discloser, about) =>
      `You request that ${discloser} sends data about ${about} to ${recipient}.`,
    you: "you",
    other: "the person or organisation for whom you act",
    extend: "You have agreed to this before; it is extended.",
    purpose: (title) => `For this purpose, and no other: ${title}.`,
    service: (title) => `Where it comes from: ${title}.`,
    sentTo: (title) => `What it is sent to: ${title}.`,
    data: (titles) => `What is told: ${titles}.`,
    onlyFields: (fields) => `Only these fields of it: ${fields}.`,
    validity: (from, to) => `It holds from ${from} to ${to} (UTC).`,
    anyUses: "It may be used any number of times in this time.",
    uses: (count) => `It may be used ${count === 1 ? "once" : `${count} times`} in all.`,
    perPeriod: (count, days) =>
      `It may be used ${count === 1 ? "once" : `${count} times`} in ${days === 1 ? "a day" : `${days} days`}.`,
    dataPeriod: (from, to) => `Only data of the days from ${from} to ${to}.`,
    keepDays: (days) => `The receiver may keep the data for ${days === 1 ? "a day" : `${days} days`}.`,
    keepByLaw: "How long the receiver may keep the data follows from its own law.",
    represented: "You act for somebody else: none of this data is about you.",
    withdraw: "You can withdraw at any time, without a reason; from then on no data is given.",
    separator: ", ",
  },
  zh: {
    kinds: {
      consent: (consumer, provider, about) => `您同意${provider}将${about}的数据提供给${consumer}。`,
      "explicit-request": (consumer, provider, about) => `您请求${consumer}从${provider}获取${about}的数据。`,
      mandate: (consumer, provider, about) =>
        `您授权${consumer}代表${about}行事，并从${provider}获取${about}的数据。`,
    },
    send: (recipient, discloser, about) => `您请求${discloser}将${about}的数据发送给${recipient}。`,
    you: "您",
    other: "您所代表的个人或组织",
    extend: "您此前已同意本事项，现予延期。",
    purpose: (title) => `仅用于以下目的：${title}。`,
    service: (title) => `数据来源：${title}。`,
    sentTo: (title) => `发送至：${title}。`,
    data: (titles) => `提供的数据：${titles}。`,
    onlyFields: (fields) => `仅限以下字段：${fields}。`,
    validity: (from, to) => `有效期自${from}至${to}（世界协调时）。`,
    anyUses: "有效期内使用次数不限。",
    uses: (count) => `总共可使用${count}次。`,
    perPeriod: (count, days) => `每${days}天可使用${count}次。`,
    dataPeriod: (from, to) => `仅限${from}至${to}期间的数据。`,
    keepDays: (days) => `接收方可保存数据${days}天。`,
    keepByLaw: "接收方保存数据的期限由其适用的法律规定。",
    represented: "您代表他人行事，所涉数据均与您本人无关。",
    withdraw: "您可以随时撤回，无需说明理由；撤回后不再提供数据。",
    separator: "、",
  },
};

function linesIn(
  language: TextLanguage,
  act: AskedAct,
  terms: TextTerms,
  words: PermissionWords,
): readonly string[] {
  const say = phrases[language];
  const title = (text: Text) => text[language] ?? text.en;
  const { kind, fields, validity, representation } = terms;
  const party = (name: string, id: string) => `${name} (${id})`;
  const { discloser, recipient } = partiesOf(terms);
  const isMessage = terms.pattern === "message";
  const sayKind = isMessage && kind === "explicit-request" ? say.send : say.kinds[kind];
  return [
    sayKind(
      party(words.consumer, recipient),
      party(words.provider, discloser),
      representation === null ? say.you : say.other,
    ),
    ...(representation === null ? [] : [say.represented]),
    ...(act === "extend" ? [say.extend] : []),
    say.purpose(title(words.purpose)),
    (isMessage ? say.sentTo : say.service)(title(words.service)),
    say.data(words.elements.map(title).join(say.separator)),
    ...(fields === null ? [] : [say.onlyFields(fields.join(say.separator))]),
    say.validity(minute(validity.from), minute(validity.to)),
    ...limitLines(say, terms.limits),
    say.withdraw,
  ];
}

function limitLines(say: Phrases, { uses, perPeriod, dataPeriod, keepDays }: PermissionLimits): string[] {
  return [
    ...(uses === null && perPeriod === null ? [say.anyUses] : []),
    ...(uses === null ? [] : [say.uses(uses)]),
    ...(perPeriod === null ? [] : [say.perPeriod(perPeriod.uses, perPeriod.days)]),
    ...(dataPeriod === null ? [] : [say.dataPeriod(dataPeriod.from, dataPeriod.to)]),
    keepDays === null ? say.keepByLaw : say.keepDays(keepDays),
  ];
}

/** Times are told to the minute: those of a permission are whole ones, so that the text says them exactly. */
export function wholeMinute(time: number): number {
  return time - (time % 60_000);
}

/** `2026-11-22 15:30` */
function minute(time: number): string {
  return new Date(time).toISOString().slice(0, 16).replace("T", " ");
}
