import agreement from "../../../schemas/control/v1/agreement.schema.json" with { type: "json" };
import decisions from "../../../schemas/control/v1/decisions.schema.json" with { type: "json" };
import messages from "../../../schemas/control/v1/messages.schema.json" with { type: "json" };
import reconciliation from "../../../schemas/control/v1/reconciliation.schema.json" with { type: "json" };
import recovery from "../../../schemas/control/v1/recovery.schema.json" with { type: "json" };
import statement from "../../../schemas/control/v1/statement.schema.json" with { type: "json" };
import type { ErrorCode } from "../../core/error-codes.ts";
import { SealwayError } from "../../core/errors.ts";
import { ownSchema } from "../../core/own-schema.ts";

/** What the schemas of `schemas/control/v1` describe. */
const places = {
  "statement payload": statement.$id,
  "reconciliation payload": reconciliation.$id,
  "recovery payload": recovery.$id,
  statement: `${messages.$id}#/$defs/statement`,
  question: `${messages.$id}#/$defs/question`,
  sums: `${messages.$id}#/$defs/sums`,
  entries: `${messages.$id}#/$defs/entries`,
  "decision question": `${decisions.$id}#/$defs/question`,
  "asked decision": `${decisions.$id}#/$defs/asked`,
  "decision answer": `${decisions.$id}#/$defs/answer`,
  "agreement act": `${agreement.$id}#/$defs/act`,
  "agreement receipt": `${agreement.$id}#/$defs/receipt`,
  "agreement page": `${agreement.$id}#/$defs/page`,
} as const;

const schemas = [agreement, decisions, messages, statement, reconciliation, recovery];
const validators = new Map(
  Object.entries(places).map(([what, $ref]) => [
    what,
    ownSchema({ $ref }, { allowUnionTypes: true, schemas }),
  ]),
);

/**
 * Checks a document (maybe an attacker's) against its schema, without quoting it.
 * @param code what to call one that breaks it
 * @throws SealwayError with that code
 */
export function checkControl(what: keyof typeof places, document: unknown, code: ErrorCode): void {
  const validate = validators.get(what)!;
  if (validate(document)) return;
  const [error] = validate.errors ?? [];
  throw new SealwayError(code, `${what}: ${error?.instancePath || "/"} ${error?.message}`);
}
