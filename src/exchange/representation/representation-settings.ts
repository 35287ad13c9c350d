import type { ServiceId } from "../../core/ids.ts";
import type { PowerKind } from "../../policy/representation/power.ts";

/** A service that is the authentic source of powers (`schemas/representation`), as the server's configuration pins it. */
export interface PowerSource {
  readonly service: ServiceId;
  /** Of its description, for which it is asked; missing where it has none. */
  readonly purpose?: string;
  /** The kinds of power on which its word counts. */
  readonly kinds: readonly PowerKind[];
  /** Identifier schemes of the representatives and of those whom they act for. */
  readonly representative: string;
  readonly represented: string;
}

export interface RepresentationSettings {
  readonly sources: readonly PowerSource[];
  /** How long an answer counts before a use asks again, milliseconds; an act asks each time. */
  readonly askAgainAfter: number;
}
