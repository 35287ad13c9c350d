import { type Html, html } from "../../web/html.ts";
import type { Gap } from "../gateways/gap.ts";
import { inLanguage } from "../languages.ts";
import type { ActOutcome, ShownPermission } from "../permissions/permission-answer.ts";
import type { Words } from "../words/english.ts";
import { gapsOf } from "./gaps.ts";
import type { Content, Reader } from "./page.ts";
import { dayIn } from "./times.ts";

export interface PermissionsShown {
  readonly permissions: readonly ShownPermission[];
  readonly gaps: readonly Gap[];
  /** What became of the last act. */
  readonly told: ActOutcome | null;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

type Group = keyof Words["permissions"]["groups"];

/** *My permissions*. */
export function permissionsPage(reader: Reader, { permissions, gaps, told, now }: PermissionsShown): Content {
  const { words } = reader;
  const sections = (["waiting", "active", "over"] as const).map((group) =>
    sectionOf(
      reader,
      group,
      permissions.filter((one) => groupOf(one, now) === group),
      now,
    ),
  );
  return {
    title: words.pages.permissions,
    content: html`<p>${words.permissions.introduction}</p>
${told === null ? null : html`<p class="${isDone(told) ? "done" : "notice"}" role="status">${words.permissions.told[told]}</p>`}
${gapsOf(reader, gaps)}
${permissions.length === 0 ? html`<p>${words.permissions.none}</p>` : sections}`,
  };
}

/** Nobody can be asked. */
export function noPermissionsPage({ words }: Reader): Content {
  return { title: words.pages.permissions, content: html`<p class="notice">${words.noDirectory}</p>` };
}

/** In which state a permission is now: time alone ends one. */
export function stateAt(
  { permission: { state, validity, reason } }: ShownPermission,
  now: number,
): keyof Words["permissions"]["states"] {
  if (reason === "request-lapsed") return "expired";
  return (state === "requested" || state === "active") && validity.to <= now ? "expired" : state;
}

function groupOf(shown: ShownPermission, now: number): Group {
  const state = stateAt(shown, now);
  return state === "requested" ? "waiting" : state === "active" ? "active" : "over";
}

function sectionOf(
  reader: Reader,
  group: Group,
  permissions: readonly ShownPermission[],
  now: number,
): Html | null {
  if (permissions.length === 0) return null;
  const { words } = reader;
  return html`<h2>${words.permissions.groups[group]}</h2>
<ul class="cards">${permissions.map((one) => cardOf(reader, one, now))}</ul>
`;
}

function cardOf({ words, language }: Reader, shown: ShownPermission, now: number): Html {
  const { permission, words: named } = shown;
  const { kind, validity } = permission;
  const { permissions, permission: one } = words;
  return html`<li><h3><a href="/permissions/${shown.name}">${inLanguage(named.purpose, language)}</a></h3>
<p>${permissions.asksFor(named.consumer, named.provider)}</p>
<p><span class="mark">${one.kinds[kind]}</span> ${permissions.states[stateAt(shown, now)]}, ${permissions.until(dayIn(language, validity.to))}</p></li>
`;
}

function isDone(told: ActOutcome): boolean {
  return told === "give" || told === "extend" || told === "decline" || told === "withdraw";
}
