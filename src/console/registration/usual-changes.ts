import type { Json } from "../../core/canonical-json.ts";
import type { Field } from "../form.ts";
import { parseJsonField, unreadable } from "../json-field.ts";
import type { Visit } from "../visit.ts";
import { registrationWords } from "./words.ts";

/** What members usually ask for, by the parts of the change; whatever else there is, is given as JSON. */
const usual = {
  "member-rename": ["member", "name"],
  "subsystem-add": ["subsystem", "name"],
  "subsystem-remove": ["subsystem"],
  "client-add": ["client", "server"],
  "client-remove": ["client", "server"],
  "server-addresses": ["server", "addresses"],
  "server-contact": ["server", "contact"],
  "server-suspend": ["server", "reason"],
  "server-resume": ["server", "reason"],
  "group-member-add": ["group", "client"],
  "group-member-end": ["group", "client"],
  other: ["changes"],
} as const;
type Kind = keyof typeof usual;
type Part = Exclude<(typeof usual)[Kind][number], "member">;

export const usualKinds = Object.keys(usual) as readonly Kind[];

export function isUsual(kind: string | undefined): kind is Kind {
  return kind !== undefined && Object.hasOwn(usual, kind);
}

/** @param member for whom: its identifier begins those of its subsystems */
export function fieldsOf(visit: Visit, kind: Kind, member: string): readonly Field[] {
  const { hints, labels } = visit.words(registrationWords).new;
  const fields: Readonly<Record<Part, Field>> = {
    name: { kind: "text", name: "name", label: labels.name },
    subsystem: { kind: "text", name: "subsystem", label: labels.subsystem, value: `${member}/` },
    client: { kind: "text", name: "client", label: labels.client, value: member },
    server: { kind: "text", name: "server", label: labels.server },
    contact: { kind: "text", name: "contact", label: labels.contact },
    group: { kind: "text", name: "group", label: labels.group },
    // The reason of the act is another one: the authority is not told it.
    reason: { kind: "text", name: "because", label: labels.because, hint: hints.because },
    addresses: { kind: "area", name: "addresses", rows: 3, label: labels.addresses, hint: hints.addresses },
    changes: { kind: "json", name: "changes", rows: 10, label: labels.changes, hint: hints.changes },
  };
  const parts: readonly (Part | "member")[] = usual[kind];
  return parts.flatMap((part) => (part === "member" ? [] : [fields[part]]));
}

/** What the form asks for. @throws PageProblem for JSON or an address that cannot be read */
export function changesIn(visit: Visit): readonly unknown[] {
  const kind = visit.field("kind");
  if (!isUsual(kind)) return [];
  if (kind === "other") {
    const { unreadable: words } = visit.words(registrationWords).new;
    return [parseJsonField(visit.field("changes"), words)].flat();
  }
  const stated = usual[kind].map((part) => [part, partIn(visit, part)] as const);
  return [{ kind, ...Object.fromEntries(stated) }];
}

function partIn(visit: Visit, part: Part | "member"): Json {
  if (part === "reason") return visit.field("because");
  if (part !== "addresses") return visit.field(part);
  const lines = visit.field("addresses").split(/\s+/).filter(Boolean);
  return lines.map((line) => {
    const [, host, port] = /^\[?([^[\]]+)\]?:(\d{1,5})$/.exec(line) ?? [];
    if (host === undefined) throw unreadable(visit.words(registrationWords).new.hints.addresses);
    return { host, port: Number(port) };
  });
}
