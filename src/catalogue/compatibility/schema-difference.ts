/** Why a value that one schema allows may break the other. */
export interface SchemaDifference {
  /** Where in an instance, as a JSON pointer; `*` stands for any element or name. */
  readonly at: string;
  /** The keyword of the other schema that may be broken. */
  readonly keyword: string;
  /** What changed, in words for the developer. */
  readonly detail: string;
}

/** What becomes of properties that only the first schema knows. */
export type UnknownProperties =
  /** They arrive, and a closed object refuses them. */
  | "refused"
  /** They are cut away before anybody sees them, as minimisation does. */
  | "cut";
