import type { Schema } from "./compatibility/json-schema.ts";
import { type Field, fieldsOf } from "./fields-of.ts";

/** A field with the fields that stand in it, by their tokens in a JSON pointer; `*` is the element of an array. */
export interface FieldNode {
  readonly field: Field;
  readonly children: ReadonlyMap<string, FieldNode>;
}

interface Growing extends FieldNode {
  readonly children: Map<string, FieldNode>;
}

/** The fields of a schema as a tree; its root is the document. */
export function fieldTree(schema: Schema): FieldNode {
  const nodes = new Map<string, Growing>();
  // Each comes with what it stands in before it.
  for (const field of fieldsOf(schema)) {
    const node: Growing = { field, children: new Map() };
    nodes.set(field.pointer, node);
    const cut = field.pointer.lastIndexOf("/");
    if (cut >= 0) nodes.get(field.pointer.slice(0, cut))?.children.set(field.pointer.slice(cut + 1), node);
  }
  return nodes.get("")!;
}

/** The name of a member that a token of a JSON pointer stands for (RFC 6901 §4). */
export function memberName(token: string): string {
  return token.replaceAll("~1", "/").replaceAll("~0", "~");
}
