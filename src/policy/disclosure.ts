import type { Schema } from "../catalogue/compatibility/json-schema.ts";
import { type FieldNode, fieldTree, memberName } from "../catalogue/field-tree.ts";
import type { Field } from "../catalogue/fields-of.ts";
import { projectSchema } from "../catalogue/project-schema.ts";
import type { Endpoint, ServiceDescription } from "../catalogue/service-description.ts";
import { covers } from "../catalogue/vocabulary.ts";
import type { KeptMembers } from "../core/cut-json.ts";
import type { Agreement } from "./agreement.ts";
import type { Purpose } from "./purpose.ts";

/** What of an answer is disclosed: it follows from documents alone, never from what an answer holds. */
export interface Disclosure {
  /** What stays; `whole` when nothing is removed, undefined when nothing stays. */
  readonly kept: KeptMembers | undefined;
  /**
   * JSON pointers of the fields that are removed, `*` for every element of an array; of what goes with everything below
   * it the highest alone. The document itself is the empty pointer.
   */
  readonly removed: readonly string[];
}

/** On what grounds an answer is disclosed. */
export interface Grounds {
  /** Null for a service that asks for none. */
  readonly agreement: Pick<Agreement, "sha256" | "fields"> | null;
  /** Null for a call that has none. */
  readonly purpose: Pick<Purpose, "sha256" | "elements"> | null;
  /** Fields that were withdrawn from everybody. */
  readonly withdrawnFields: readonly string[];
}

const projections = new WeakMap<Disclosure, Schema>();

/** The schema of what stays; the same object each time. @param disclosure one that leaves something of it */
export function projectionOf(schema: Schema, disclosure: Disclosure): Schema {
  if (disclosure.kept === undefined || disclosure.kept === "whole") return schema;
  let projection = projections.get(disclosure);
  if (projection === undefined) {
    projection = projectSchema(schema, disclosure.kept);
    projections.set(disclosure, projection);
  }
  return projection;
}

const whole: Disclosure = { kept: "whole", removed: [] };

/** Whether a signed answer can name these fields: what `schemas/exchange` takes, and no more than leaves room for the rest. */
export function canBeNamed({ removed }: Disclosure): boolean {
  return (
    removed.length <= 100 &&
    removed.join().length <= 4096 &&
    removed.every((pointer) => /^[!#-[\]-~]{0,200}$/.test(pointer))
  );
}

/** Where fields recurse, what lies deeper is not told apart. */
const deepest = 16;

type Known = Map<string, Disclosure>;
const known = new WeakMap<ServiceDescription, Known>();
/** Of one description; above this all are computed anew. */
const mostKnown = 4096;

/**
 * What agreement, purpose and withdrawals leave of an answer; computed once. Successful answers are cut to what all of
 * them allow, others (whose fields are no data elements) to what was not withdrawn. Without a schema there is nothing
 * to tell apart.
 * @param status HTTP status of the answer
 */
export function disclosureOf(
  description: ServiceDescription,
  endpoint: Endpoint,
  status: string,
  grounds: Grounds,
): Disclosure {
  const { agreement, purpose, withdrawnFields } = grounds;
  const media = endpoint.document.responses?.[status];
  const limits = status.startsWith("2") && (purpose !== null || (agreement?.fields ?? null) !== null);
  if (media === undefined || (!limits && withdrawnFields.length === 0)) return whole;
  const cache: Known = known.get(description) ?? new Map();
  known.set(description, cache);
  const place = `${description.endpoints.indexOf(endpoint)} ${status}`;
  const withdrawn = withdrawnFields.length === 0 ? "" : JSON.stringify(withdrawnFields);
  const key = `${place} ${agreement?.sha256} ${purpose?.sha256} ${withdrawn}`;
  const before = cache.get(key);
  if (before !== undefined) return before;
  const stays = limits ? leafRule(grounds) : notWithdrawn(withdrawnFields);
  const computed = disclose(fieldTree(media.schema), stays);
  if (cache.size >= mostKnown) cache.clear();
  cache.set(key, computed);
  return computed;
}

type Rule = (field: Field) => boolean;

function leafRule({ agreement, purpose, withdrawnFields }: Grounds): Rule {
  const rules: Rule[] = [notWithdrawn(withdrawnFields)];
  const fields = agreement?.fields ?? null;
  if (fields !== null) rules.push(({ pointer }) => fields.some((granted) => isWithin(pointer, granted)));
  if (purpose !== null) rules.push(({ element }) => needs(purpose, element));
  return (field) => rules.every((rule) => rule(field));
}

/** Of a field whose parts are not described nothing stays when one of them was withdrawn. */
function notWithdrawn(withdrawn: readonly string[]): Rule {
  return ({ pointer }) => !withdrawn.some((field) => isWithin(pointer, field) || isWithin(field, pointer));
}

/** Whether a purpose needs what a field holds; nobody needs what is mapped to nothing. */
export function needs({ elements }: Pick<Purpose, "elements">, element: string | undefined): boolean {
  return element !== undefined && elements.some((needed) => covers(needed, element));
}

/** Whether a pointer names a field or something below it. */
export function isWithin(pointer: string, field: string): boolean {
  return pointer === field || pointer.startsWith(`${field}/`);
}

function disclose(root: FieldNode, stays: Rule): Disclosure {
  const first = new Pruning(stays, "stays").run(root);
  // What recursion hides stays only where nothing else had to go.
  return first.removed.length === 0 ? whole : new Pruning(stays, "goes").run(root);
}

class Pruning {
  readonly #stays: Rule;
  readonly #hidden: "stays" | "goes";
  readonly #removed: string[] = [];

  constructor(stays: Rule, hidden: "stays" | "goes") {
    this.#stays = stays;
    this.#hidden = hidden;
  }

  run(root: FieldNode): Disclosure {
    const kept = this.#prune(root, 0);
    return { kept, removed: this.#removed };
  }

  #prune({ field, children }: FieldNode, depth: number): KeptMembers | undefined {
    const before = this.#removed.length;
    const kept = field.leaf ? this.#leaf(field, depth) : this.#object(children, depth);
    if (kept !== undefined) return kept;
    this.#removed.length = before;
    this.#removed.push(field.pointer);
    return undefined;
  }

  #leaf(field: Field, depth: number): KeptMembers | undefined {
    const hidden = depth >= deepest && this.#hidden === "goes";
    return this.#stays(field) && !hidden ? "whole" : undefined;
  }

  /** A table of what stays; elements of arrays have no name in it. */
  #object(children: ReadonlyMap<string, FieldNode>, depth: number): KeptMembers | undefined {
    const table: Record<string, KeptMembers> = Object.create(null);
    let [some, all] = [false, true];
    for (const [token, node] of children) {
      const kept = this.#prune(node, depth + 1);
      all &&= kept === "whole";
      if (kept === undefined) continue;
      some = true;
      if (token !== "*") table[memberName(token)] = kept;
      else if (kept !== "whole") Object.assign(table, kept);
    }
    if (!some) return undefined;
    return all ? "whole" : table;
  }
}
