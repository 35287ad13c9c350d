import type { Json } from "../../core/canonical-json.ts";
import { type Child, type Html, html } from "../../web/html.ts";
import { definitions } from "../table.ts";
import type { Visit } from "../visit.ts";
import { named } from "../words/word-book.ts";
import { shownCertificate } from "./shown-certificate.ts";
import { registrationWords } from "./words.ts";

type Parts = Readonly<Record<string, Json>>;

/** Parts that are certificates, or lists of them. */
const certificates: ReadonlySet<string> = new Set(["certificate", "tlsCertificates", "officers"]);

/**
 * A change in words, and all else that it states: officers answer for the whole of it. Its values are a stranger's, and
 * stand apart, so that none reads like the sentence around it.
 */
export function toldChange(visit: Visit, change: Json): Html {
  const { sentences } = visit.words(registrationWords);
  const { kind, ...parts } = Object(change) as Parts;
  const word = String(kind);
  const sentence = named(sentences, word);
  const rest = Object.entries(parts).filter(
    ([name, value]) => typeof value !== "string" || !sentence.includes(`{${name}}`),
  );
  return html`<p>${sentence.split(/(\{[a-z]+\})/i).map((piece) => pieceOf(piece, parts))}</p>${
    rest.length === 0 ? null : definitions(rest.map(([name, value]) => factOf(visit, name, value)))
  }`;
}

function pieceOf(piece: string, parts: Parts): Child {
  const name = /^\{([a-z]+)\}$/i.exec(piece)?.[1];
  if (name === undefined) return piece;
  const value = Object.hasOwn(parts, name) ? parts[name] : undefined;
  return html`<strong><bdi>${typeof value === "string" ? value : "…"}</bdi></strong>`;
}

function factOf(visit: Visit, name: string, value: Json): readonly [string, Child] {
  const words = visit.words(registrationWords);
  const label = named(words.parts, name);
  const all = Array.isArray(value) ? value : [value];
  if (certificates.has(name) && all.length > 0)
    return [label, all.map((one) => shownCertificate(visit, String(one)))];
  if (typeof value === "string") return [label, value];
  return [label, html`<pre>${JSON.stringify(value, undefined, 2)}</pre>`];
}

/** Members whose affair the changes are, as far as they name one. */
export function membersNamed(changes: readonly Json[]): readonly string[] {
  const ids = changes.flatMap((change) => {
    const { client, member, owner, server, subsystem } = Object(change) as Parts;
    return [member, owner, subsystem, client, server];
  });
  const members = ids.flatMap((id) => (typeof id === "string" ? [id.split("/").slice(0, 3).join("/")] : []));
  return [...new Set(members)];
}
