import type { Schema } from "../catalogue/compatibility/json-schema.ts";
import type { FieldUse } from "../catalogue/description-document.ts";
import { type FieldNode, fieldTree, memberName } from "../catalogue/field-tree.ts";
import { deepestField, type Field } from "../catalogue/fields-of.ts";
import { projectSchema } from "../catalogue/project-schema.ts";
import type { Endpoint, ServiceDescription } from "../catalogue/service-description.ts";
import { covers } from "../catalogue/vocabulary.ts";
import { sha256Base64Url } from "../core/bytes.ts";
import type { KeptMembers } from "../core/cut-json.ts";
import { remembered } from "../core/remembered.ts";
import type { Agreement } from "./agreement.ts";
import type { Permission } from "./permissions/permission.ts";
import type { Purpose } from "./purpose.ts";

/** What of an answer is disclosed: it follows from documents alone, never from what an answer holds. */
export interface Disclosure {
  /** What stays; `whole` when anything may be told, undefined when nothing stays. Members that nobody described go. */
  readonly kept: KeptMembers | undefined;
  /**
   * JSON pointers of the fields that are removed, `*` for every element of an array; of what goes with everything below
   * it the highest alone. The empty pointer is a document without fields.
   */
  readonly removed: readonly string[];
}

/** On what grounds an answer is disclosed. */
export interface Grounds {
  /** Null for a service that asks for none. */
  readonly agreement: Pick<Agreement, "fields"> | null;
  /** Null for a call that has none. */
  readonly purpose: Pick<Purpose, "elements"> | null;
  /** What a person has permitted; missing or null for a call that needs no permission. */
  readonly permission?: Pick<Permission, "elements" | "fields"> | null;
  /** Fields that were withdrawn from everybody. */
  readonly withdrawnFields: readonly string[];
}

const projections = new WeakMap<Disclosure, Schema>();

/** The schema of what stays; the same object each time. @param disclosure one that leaves something of it */
export function projectionOf(schema: Schema, disclosure: Disclosure): Schema {
  if (disclosure.kept === undefined || typeof disclosure.kept === "string") return schema;
  let projection = projections.get(disclosure);
  if (projection === undefined) {
    projection = projectSchema(schema, disclosure.kept);
    projections.set(disclosure, projection);
  }
  return projection;
}

const whole: Disclosure = { kept: "whole", removed: [] };
const nothing: Disclosure = { kept: undefined, removed: [""] };

/** Whether a signed answer can name these fields: what `schemas/exchange` takes, and no more than leaves room for the rest. */
export function canBeNamed(removed: readonly string[]): boolean {
  return (
    removed.length <= 100 &&
    removed.join().length <= 4096 &&
    removed.every((pointer) => /^[!#-[\]-~]{0,200}$/.test(pointer))
  );
}

interface Known {
  readonly disclosures: Map<string, Disclosure>;
  readonly removals: Map<string, readonly string[]>;
}

const known = new WeakMap<ServiceDescription, Known>();

/**
 * What agreement, purpose and withdrawals leave of an answer; computed once. Successful answers are cut to what all of
 * them allow, others (whose fields are no data elements) to what was not withdrawn. Where something has to go, nothing
 * stays of an answer without a schema.
 * @param status HTTP status of the answer
 */
export function disclosureOf(
  description: ServiceDescription,
  endpoint: Endpoint,
  status: string,
  all: Grounds,
): Disclosure {
  // The fields of an agreement on messages are those of the message: what comes back is a receipt.
  const grounds = description.document.pattern === "message" ? { ...all, agreement: null } : all;
  if (!isLimited(grounds)) return whole;
  const media = endpoint.document.responses?.[status];
  if (media === undefined) return nothing;
  const isCut = status.startsWith("2") && limitsSuccess(grounds);
  if (!isCut && grounds.withdrawnFields.length === 0) return whole;
  const { disclosures } = knownOf(description);
  return remembered(disclosures, keyOf(description, endpoint, status, grounds), () => {
    const tree = fieldTree(media.schema);
    return isCut ? cutTo(tree, fieldRule(grounds)) : withoutWithdrawn(tree, grounds.withdrawnFields);
  });
}

/**
 * The names of what is removed from answers of an endpoint: the same for each status that is described, so that they
 * tell nothing of which one it was; computed once.
 */
export function removedFields(
  description: ServiceDescription,
  endpoint: Endpoint,
  grounds: Grounds,
): readonly string[] {
  if (!isLimited(grounds)) return whole.removed;
  const { removals } = knownOf(description);
  return remembered(removals, keyOf(description, endpoint, "*", grounds), () => {
    const statuses = Object.keys(endpoint.document.responses ?? {});
    const removed = statuses.flatMap(
      (status) => disclosureOf(description, endpoint, status, grounds).removed,
    );
    return [...new Set(removed)];
  });
}

/**
 * What agreement and purpose leave of a message that its sender discloses in the request; computed once. What finds or
 * confirms somebody stays: without it nobody would know whom the rest is about.
 */
export function disclosureOfMessage(
  description: ServiceDescription,
  endpoint: Endpoint,
  grounds: Grounds,
): Disclosure {
  if (!limitsSuccess(grounds)) return whole;
  const media = endpoint.document.request;
  if (media === undefined) return nothing;
  const { disclosures } = knownOf(description);
  return remembered(disclosures, keyOf(description, endpoint, "request", grounds), () => {
    const naming = endpoint.subjects.flatMap(({ in: place, name }) => (place === "body" ? name : []));
    const isGranted = fieldRule(grounds);
    const stays: Rule = (field) =>
      naming.includes(field.pointer) || (!field.ambiguous && findsSomebody(field.use)) || isGranted(field);
    return cutTo(fieldTree(media.schema), stays);
  });
}

/** Whether a part of a request is told to find somebody or to confirm who that is, and discloses nothing new. */
export function findsSomebody(use: FieldUse | undefined): boolean {
  return use === "key" || use === "match";
}

/** Whether agreement or purpose limit what is disclosed at all. */
export function limitsSuccess({ agreement, permission = null, purpose }: Grounds): boolean {
  return purpose !== null || permission !== null || (agreement?.fields ?? null) !== null;
}

function isLimited(grounds: Grounds): boolean {
  return limitsSuccess(grounds) || grounds.withdrawnFields.length > 0;
}

function knownOf(description: ServiceDescription): Known {
  const before = known.get(description) ?? { disclosures: new Map(), removals: new Map() };
  known.set(description, before);
  return before;
}

/** What of the grounds decides: thousands of agreements on the same fields have what they leave in common. */
function keyOf(
  { endpoints }: ServiceDescription,
  endpoint: Endpoint,
  status: string,
  { agreement, permission = null, purpose, withdrawnFields }: Grounds,
): string {
  const granted = numberOf(agreement?.fields ?? null);
  const needed = numberOf(purpose?.elements ?? null);
  const withdrawn = withdrawnFields.length === 0 ? "" : JSON.stringify(withdrawnFields);
  const given = permission === null ? "" : JSON.stringify([permission.elements, permission.fields]);
  return `${endpoints.indexOf(endpoint)} ${status} ${granted} ${needed} ${withdrawn} ${given}`;
}

const numbers = new WeakMap<readonly string[], number>();
const numbersByDigest = new Map<string, number>();
let lastNumber = 0;

/** Stands for a list that lives long, and for no other one: short keys are found sooner than long ones. */
function numberOf(list: readonly string[] | null): number {
  if (list === null) return 0;
  let number = numbers.get(list);
  if (number === undefined) {
    number = remembered(numbersByDigest, sha256Base64Url(JSON.stringify(list)), () => ++lastNumber);
    numbers.set(list, number);
  }
  return number;
}

type Rule = (field: Field) => boolean;

function fieldRule({ agreement, permission = null, purpose, withdrawnFields }: Grounds): Rule {
  const rules: Rule[] = [notWithdrawn(withdrawnFields)];
  for (const fields of [agreement?.fields ?? null, permission?.fields ?? null])
    if (fields !== null) rules.push(({ pointer }) => fields.some((granted) => isWithin(pointer, granted)));
  // Of what is mapped in two ways nobody knows which one an answer means.
  for (const grant of [purpose, permission])
    if (grant !== null) rules.push(({ element, ambiguous }) => !ambiguous && needs(grant, element));
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

function cutTo(root: FieldNode, stays: Rule): Disclosure {
  const first = new Pruning({ stays, hidden: "stays", plain: "plain" }).run(root);
  // What recursion hides stays only where nothing else had to go.
  return first.removed.length === 0
    ? first
    : new Pruning({ stays, hidden: "goes", plain: "plain" }).run(root);
}

/** What was not withdrawn may be told, of whatever form it is. */
function withoutWithdrawn(root: FieldNode, withdrawn: readonly string[]): Disclosure {
  const stays = notWithdrawn(withdrawn);
  const isTouched = new Pruning({ stays, hidden: "stays", plain: "whole" }).run(root).removed.length > 0;
  return isTouched ? new Pruning({ stays, hidden: "goes", plain: "whole" }).run(root) : whole;
}

interface PruningTerms {
  readonly stays: Rule;
  /** What becomes of fields that are too deep to be told apart. */
  readonly hidden: "stays" | "goes";
  /** How values without members are kept. */
  readonly plain: "plain" | "whole";
}

class Pruning {
  readonly #terms: PruningTerms;
  readonly #removed: string[] = [];

  constructor(terms: PruningTerms) {
    this.#terms = terms;
  }

  run(root: FieldNode): Disclosure {
    const kept = this.#prune(root, 0);
    return { kept, removed: this.#removed };
  }

  #prune(node: FieldNode, depth: number): KeptMembers | undefined {
    const before = this.#removed.length;
    const kept = node.field.leaf ? this.#leaf(node.field, depth) : this.#inner(node, depth);
    // Answers of several statuses are named together: of none it is said that all of it goes.
    if (kept !== undefined || (depth === 0 && !node.field.leaf)) return kept;
    this.#removed.length = before;
    this.#removed.push(node.field.pointer);
    return undefined;
  }

  #leaf(field: Field, depth: number): KeptMembers | undefined {
    const { stays, hidden, plain } = this.#terms;
    if (!stays(field) || (depth >= deepestField && hidden === "goes")) return undefined;
    return field.plain ? plain : "whole";
  }

  /** Elements of an array have no name in a table: where an object may stand in its place, both stay whole or go. */
  #inner({ field, children }: FieldNode, depth: number): KeptMembers | undefined {
    const kept = [...children].map(([token, node]) => [token, this.#prune(node, depth + 1)] as const);
    const elements = kept.find(([token]) => token === "*");
    if (elements !== undefined && kept.length === 1) return elements[1];
    // Members that are not described hold what the object holds: they stay where it does.
    if (this.#terms.stays(field) && kept.every(([, each]) => typeof each === "string")) return "whole";
    if (elements !== undefined) return undefined;
    const table: Record<string, KeptMembers> = Object.create(null);
    for (const [token, each] of kept) if (each !== undefined) table[memberName(token)] = each;
    return Object.keys(table).length > 0 ? table : undefined;
  }
}
