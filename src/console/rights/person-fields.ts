import type { Field } from "../form.ts";
import type { Visit } from "../visit.ts";
import { rightsWords } from "./words.ts";

/** A person stands in forms alone, never in an address. */
export function personFields(visit: Visit): readonly Field[] {
  const { scheme, value } = visit.words(rightsWords).permissions;
  return [
    { kind: "text", name: "scheme", label: scheme },
    { kind: "text", name: "value", label: value },
  ];
}

export function personIn(visit: Visit): { readonly scheme: string; readonly value: string } {
  return { scheme: visit.field("scheme"), value: visit.field("value") };
}
