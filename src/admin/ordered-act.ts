import type { Json } from "../core/canonical-json.ts";

/** What the governing authority said of an act. */
export type OrderedAct =
  | { readonly kind: "taken"; readonly report: Json }
  | {
      readonly kind: "refused";
      readonly code: string;
      readonly detail: string;
      readonly remedy: string;
      /** Each with code, place, title and remedy. */
      readonly findings: Json;
    };
