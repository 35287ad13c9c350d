import type { DescriptionDocument, EndpointDocument } from "../catalogue/description-document.ts";
import { memberName } from "../catalogue/field-tree.ts";
import { type Field, fieldsOf } from "../catalogue/fields-of.ts";
import { isWithin } from "../policy/disclosure.ts";
import type { SignedAccount } from "./signed-account.ts";

/** A field as far as the description names it. */
export interface NamedField {
  readonly element: string | null;
  /** What people read of it in the description, or how it is called there. */
  readonly title: string;
}

export interface ToldFields {
  /** Null where nobody described what answers hold. */
  readonly told: readonly NamedField[] | null;
  readonly removed: readonly NamedField[];
}

/**
 * What a successful answer of an endpoint tells, or the call itself where that is the message, and what was cut off: all of
 * it follows from documents alone.
 */
export function toldFields(
  description: DescriptionDocument | undefined,
  { endpoint }: SignedAccount,
  removed: readonly string[],
): ToldFields {
  const described = description?.endpoints.find(({ method, path }) => {
    return path === endpoint?.template && (method === endpoint.method || method === "*");
  });
  const fields = described === undefined ? [] : tellingFields(described, description?.pattern ?? "request");
  const isCut = ({ pointer }: Field) => removed.some((cut) => isWithin(pointer, cut));
  const cut = fields.filter(isCut);
  const unknown = removed.filter((pointer) => !fields.some((field) => isWithin(field.pointer, pointer)));
  return {
    told: fields.length === 0 ? null : named(fields.filter((field) => !isCut(field))),
    removed: [...named(cut), ...unknown.map((pointer) => ({ element: null, title: nameIn(pointer) }))],
  };
}

function tellingFields(
  { request, responses = {} }: EndpointDocument,
  pattern: "request" | "message",
): readonly Field[] {
  const successes = Object.entries(responses).filter(([status]) => status.startsWith("2"));
  const telling =
    pattern === "request" ? successes.map(([, media]) => media) : [request].flatMap((each) => each ?? []);
  return telling.flatMap(({ schema }) =>
    fieldsOf(schema).filter(({ leaf, pointer }) => leaf && pointer !== ""),
  );
}

/** Each concept once; fields that are mapped to none, each title once. */
function named(fields: readonly Field[]): NamedField[] {
  const found = new Map<string, NamedField>();
  for (const { element = null, pointer, title } of fields) {
    const field = { element, title: title ?? nameIn(pointer) };
    found.set(element ?? ` ${field.title}`, field);
  }
  return [...found.values()];
}

function nameIn(pointer: string): string {
  const tokens = pointer.split("/").filter((token) => token !== "" && token !== "*");
  return memberName(tokens.at(-1) ?? "");
}
