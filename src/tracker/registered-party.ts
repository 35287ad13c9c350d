import type { Text } from "../catalogue/vocabulary.ts";
import { type ClientId, memberOf } from "../core/ids.ts";
import type { TrustSnapshot } from "../exchange/gateway-services.ts";

/** A member, and the unit of it where that is told, as the registry names them. */
export interface Party {
  readonly member: string;
  readonly name: Text;
  readonly subsystem: string | null;
  readonly subsystemName: Text | null;
}

/** Parties by the names that the registry has now; a code where it has none any more. */
export class RegisteredParties {
  readonly #members: ReadonlyMap<string, TrustSnapshot["configuration"]["members"][number]>;

  constructor({ configuration }: Pick<TrustSnapshot, "configuration">) {
    this.#members = new Map(configuration.members.map((member) => [member.id, member]));
  }

  member(id: string): Party {
    return {
      member: id,
      name: { en: this.#members.get(id)?.name ?? codeOf(id) },
      subsystem: null,
      subsystemName: null,
    };
  }

  subsystem(id: string): Party {
    const member = memberOf(id as ClientId);
    const registered = this.#members.get(member)?.subsystems.find((one) => one.id === id);
    return { ...this.member(member), subsystem: id, subsystemName: { en: registered?.name ?? codeOf(id) } };
  }
}

/** The last part of an id, as it is meant. */
export function codeOf(id: string): string {
  const part = id.slice(id.lastIndexOf("/") + 1);
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
