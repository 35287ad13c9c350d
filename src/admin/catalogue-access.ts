import type { Json } from "../core/canonical-json.ts";
import type { ClientId, MemberId, ServiceId } from "../core/ids.ts";

/** The published catalogue, as the running server has it in use. @throws SealwayError as the server says */
export interface CatalogueAccess {
  /** @param query with its question mark, or empty. @throws SealwayError `not_found` for what these members may not see */
  page(members: readonly MemberId[], path: string, query: string): Promise<Json>;
  /** Acts on a service, and where its versions stand. */
  history(service: ServiceId): Promise<ServiceHistory>;
  /** A dry run of a call. */
  decide(question: DecisionQuestion): Promise<Json>;
  /** What a form asks people for although a register holds it; recorded in the name of the client's member. */
  checkForm(form: HandedInForm): Promise<Json>;
}

export interface ServiceHistory {
  readonly versions: readonly {
    readonly version: string;
    readonly state: string;
    /** Milliseconds. */
    readonly sunset: number | null;
    readonly withdrawnFields: readonly string[];
    readonly observedUntil: number | null;
  }[];
  readonly acts: readonly {
    readonly word: string;
    readonly version: string;
    /** Milliseconds. */
    readonly accepted: number;
    readonly act: string;
    readonly reason: string | null;
  }[];
}

export interface DecisionQuestion {
  readonly client: ClientId;
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly purpose?: string;
  readonly decisionUse?: string;
}

export interface HandedInForm {
  readonly client: ClientId;
  readonly name?: string;
  readonly contentType: string;
  readonly form: string;
}
