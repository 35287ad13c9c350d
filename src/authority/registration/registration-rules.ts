import type { Certificate } from "../../pki/certificate.ts";
import { DocumentError } from "../../trust/document-error.ts";
import { type ApprovalRules, usuallyAutomatic } from "../registry/approval-rules.ts";
import type { Registry } from "../registry.ts";

const hour = 3_600_000;
const day = 24 * hour;
const usualExpiryDays = 30;
const usualCompromisedBackHours = 24;

/** By what requests are judged. */
export interface RegistrationRules extends ApprovalRules {
  /** Of the authority, as they are registered. */
  readonly officers: readonly Certificate[];
}

/** What a registry file says of registration, or else what is usual. @throws DocumentError for a production authority that would register whoever asks */
export function registrationRulesOf({ document, name }: Registry): ApprovalRules {
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
    ...{ automatic, persons },
    expiry: (expiryDays ?? usualExpiryDays) * day,
    compromiseBack: (compromisedBackHours ?? usualCompromisedBackHours) * hour,
    memberClasses: memberClasses && new Set(memberClasses),
  };
}
