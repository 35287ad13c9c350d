import type { KeptMembers } from "../core/cut-json.ts";
import type { Schema } from "./compatibility/json-schema.ts";
import { type FieldNode, fieldTree, memberName } from "./field-tree.ts";

const known = new WeakMap<object, KeptMembers>();

/**
 * The members that a schema describes: all others are unknown to it. Of what has no described members all stays.
 * @param schema one and the same object each time
 */
export function knownMembers(schema: Schema): KeptMembers {
  if (typeof schema === "boolean") return "whole";
  let members = known.get(schema);
  if (members === undefined) {
    members = membersOf(fieldTree(schema));
    known.set(schema, members);
  }
  return members;
}

/** What an array is kept by are the members of its elements. Where an object may stand in its place, nothing tells them apart. */
function membersOf({ field, children }: FieldNode): KeptMembers {
  const elements = children.get("*");
  if (elements !== undefined) return children.size === 1 ? membersOf(elements) : "whole";
  if (field.leaf) return "whole";
  const table: Record<string, KeptMembers> = Object.create(null);
  for (const [token, node] of children) table[memberName(token)] = membersOf(node);
  return table;
}
