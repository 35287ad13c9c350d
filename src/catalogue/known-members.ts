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

/** What an array is kept by are the members of its elements. */
function membersOf({ field, children }: FieldNode): KeptMembers {
  if (field.leaf) return "whole";
  const table: Record<string, KeptMembers> = Object.create(null);
  for (const [token, node] of children) {
    const kept = membersOf(node);
    if (token !== "*") table[memberName(token)] = kept;
    else if (kept !== "whole") Object.assign(table, kept);
    else if (children.size === 1) return "whole";
  }
  return table;
}
