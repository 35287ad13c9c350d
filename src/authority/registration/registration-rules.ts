import type { Certificate } from "../../pki/certificate.ts";
import { DocumentError } from "../../trust/document-error.ts";
import { type ApprovalRules, usuallyAutomatic } from "../registry/approval-rules.ts";
import type { Registry } from "../registry.ts";

const hour = 3_600_000;
const day = 24 * hour;
const usualExpiryDays = 30;
const usualCompromisedBackHours = 24;

/** What a registry file says of registration, or else what is usual. */
export interface RegistrationRules extends ApprovalRules {
  readonly officers: readonly Certificate[];
}

/** @throws DocumentError for a production authority that would register whoever asks */
export function registrationRulesOf({ document, name, registrars }: Registry): RegistrationRules {
  const {
    automatic = usuallyAutomatic,
    persons = {},
    compromisedBackHours,
    expiryDays,
    memberClasses,
  } = document.registration ?? {};
  if (automatic === "all" && document.purpose !== "demonstration")
    throw new DocumentError(name, "/registration/automatic", '"all" is for demonstrations');
  return {
    ...{ automatic, persons, officers: registrars },
    expiry: (expiryDays ?? usualExpiryDays) * day,
    compromiseBack: (compromisedBackHours ?? usualCompromisedBackHours) * hour,
    memberClasses: memberClasses && new Set(memberClasses),
  };
}
