import type { Vocabulary } from "../catalogue/vocabulary.ts";
import { SealwayError } from "../core/errors.ts";
import type { ClientId } from "../core/ids.ts";
import type { BuiltInCall } from "../exchange/builtin/built-in-client.ts";
import { DenialError } from "../exchange/problem.ts";
import type { SoughtPerson } from "../messagelog/search/sought-person.ts";
import type { Viewer } from "./disclosure-rule.ts";
import type { UsageQuery } from "./usage-query.ts";

/** A subsystem that may ask for persons' lists: a portal at which persons sign in. */
export interface Portal {
  readonly id: ClientId;
  /** By which it names persons. */
  readonly scheme: string;
}

/** The portal that calls. @throws DenialError for everybody else, before anything is looked at */
export function portalOf(portals: readonly Portal[], { client }: Pick<BuiltInCall, "client">): Portal {
  const portal = portals.find(({ id }) => id === client);
  if (portal !== undefined) return portal;
  throw new DenialError(
    "access_denied",
    "usage.portal",
    "only a portal that the configuration of this security server names may ask for uses",
  );
}

/**
 * Checks that the person who has signed in at the portal is the one whose list it is, or the one who acts for that person,
 * as whom the call names him. Whether he may act for the person, `checkPower` finds out.
 * @param scheme by which the person is named whose list it is
 * @returns whose list it is
 * @throws DenialError; SealwayError `missing_header_field`, `subject_malformed`
 */
export function checkReader(
  { userCode, representative }: Pick<UsageQuery, "userCode" | "representative">,
  viewer: Viewer,
  signedIn: string | undefined,
  { portal, scheme }: { readonly portal: Portal; readonly scheme: string },
  vocabulary: Pick<Vocabulary, "normalise">,
): SoughtPerson {
  if (signedIn === undefined)
    throw new SealwayError("missing_header_field", "X-Road-UserId is missing: the person who has signed in");
  const person = spelled(userCode, scheme, vocabulary);
  const user = spelled(signedIn, portal.scheme, vocabulary);
  const reader = viewer === "self" ? person : spelled(representative ?? "", portal.scheme, vocabulary);
  const isOwn = viewer === "self" || reader !== person || portal.scheme !== scheme;
  if (user === reader && isOwn) return { scheme, value: person };
  throw new DenialError(
    "access_denied",
    "usage.person",
    "the person who has signed in (X-Road-UserId) is not the one who may read this list",
  );
}

function spelled(code: string, scheme: string, vocabulary: Pick<Vocabulary, "normalise">): string {
  const value = vocabulary.normalise(scheme, code);
  if (value !== undefined) return value;
  throw new SealwayError(
    "subject_malformed",
    `an identifier is none of ${scheme}, by which this portal names persons`,
  );
}
