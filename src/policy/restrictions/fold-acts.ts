import { withAct } from "./judge-act.ts";
import type { Restriction } from "./restriction.ts";
import type { RestrictionAct } from "./restriction-act.ts";
import { Restrictions } from "./restrictions.ts";

/** An act that was judged and taken before. */
export interface TakenAct {
  readonly act: RestrictionAct;
  /** SHA-256 (base64url) of the act as it was signed. */
  readonly digest: string;
}

/** What the acts of a log come to. One that does not follow the others is passed over: it hides nothing. */
export function foldActs(taken: Iterable<TakenAct>): Restrictions {
  const byId = new Map<string, Restriction>();
  for (const { act, digest } of [...taken].sort((a, b) => a.act.revision - b.act.revision)) {
    const known = byId.get(act.id);
    const isNext = act.previous === (known?.acts.at(-1) ?? null);
    if (isNext) byId.set(act.id, withAct(known, act, digest));
  }
  return new Restrictions(byId.values());
}
