import { isUnsuspended } from "../agreement.ts";
import { coversEndpoint } from "../covers-endpoint.ts";
import { inVersionRange } from "../version-range.ts";
import { grantsPurpose, isNamed, leavesSomething, needsNoCut } from "./agreement-rules.ts";
import { grantsEmergency, namesUser } from "./emergency-rules.ts";
import { permissionRules } from "./permission-rules.ts";
import { allowsUse, isInForce, isNamedWhereItMatters, isOnItsBasis } from "./purpose-rules.ts";
import { agreementsAndPurpose, agreementsOf, groundsOf, purposeOfCall } from "./reference.ts";
import { eachAgreement, oneThing, type Rule } from "./rule.ts";

/*
 * THE table of the decision: every rule, in the order in which they are asked; the first that fails decides. A rule about
 * a person (`about`) stands next to the others of its kind, has the code of all of them, and is told to the consumer as
 * one with them: see `trace-for.ts`. A rule reads the facts that it needs, and those that are always known.
 */

const ofAgreements = {
  about: "call",
  inEmergency: "holds",
  inputs: agreementsOf,
  mends: "provider",
} as const;
const ofPurpose = { about: "call", inEmergency: "holds", inputs: purposeOfCall } as const;
const ofContent = { about: "call", inEmergency: "holds", inputs: groundsOf, mends: "provider" } as const;

// biome-ignore format: a table is read by its columns
export const rules: readonly Rule[] = [
  eachAgreement({ ...ofAgreements, name: "agreement.exists",   code: "access_denied",       needs: [], keep: () => true }),
  eachAgreement({ ...ofAgreements, name: "agreement.validity", code: "access_denied",       needs: [], keep: ({ validity }, { now }) => validity.from <= now && now < validity.to }),
  eachAgreement({ ...ofAgreements, name: "agreement.endpoint", code: "access_denied",       needs: [], keep: ({ endpoints }, { endpoint }) => endpoints.some((granted) => coversEndpoint(granted, endpoint)) }),
  eachAgreement({ ...ofAgreements, name: "agreement.version",  code: "version_not_granted", needs: [], keep: ({ serviceVersions }, { version }) => serviceVersions === null || inVersionRange(serviceVersions, version) }),
  eachAgreement({ ...ofAgreements, name: "agreement.suspended", code: "agreement_suspended", needs: [], keep: (agreement, facts) => isUnsuspended(agreement, facts.now, facts) }),
  eachAgreement({ ...ofAgreements, name: "agreement.stated",   code: "purpose_not_stated",  needs: ["purposeSource"], mends: "consumer", keep: ({ statedPurpose }, { purposeSource }) => statedPurpose === "optional" || purposeSource === "stated" }),
  eachAgreement({ ...ofAgreements, name: "agreement.purpose",  code: "purpose_not_granted", needs: ["purpose"], inputs: agreementsAndPurpose, mends: "consumer", keep: grantsPurpose }),
  eachAgreement({ ...ofAgreements, name: "agreement.named",    code: "agreement_mismatch",  needs: ["named"], mends: "consumer", keep: isNamed }),
  eachAgreement({ ...ofAgreements, name: "emergency.granted",  code: "emergency_not_granted", needs: ["purpose"], inputs: agreementsAndPurpose, keep: grantsEmergency }),
  oneThing({ ...ofPurpose, name: "emergency.user",       code: "emergency_user_missing",   needs: [], mends: "consumer", holds: namesUser }),
  oneThing({ ...ofPurpose, name: "purpose.named",        code: "purpose_not_granted",      needs: ["purpose", "answers"], mends: "consumer", holds: isNamedWhereItMatters }),
  oneThing({ ...ofPurpose, name: "purpose.validity",     code: "purpose_expired",          needs: ["purpose"], mends: "provider", holds: isInForce }),
  oneThing({ ...ofPurpose, name: "purpose.basis",        code: "lawful_basis_mismatch",    needs: ["purpose", "lawfulBasis"], mends: "consumer", holds: isOnItsBasis }),
  oneThing({ ...ofPurpose, name: "purpose.decision-use", code: "decision_use_not_allowed", needs: ["purpose", "decisionUse"], mends: "consumer", holds: allowsUse }),
  eachAgreement({ ...ofContent, name: "content.signed",   code: "signed_not_filtered", needs: ["purpose", "answers"], keep: needsNoCut }),
  eachAgreement({ ...ofContent, name: "agreement.fields", code: "nothing_granted",     needs: ["purpose", "answers"], keep: leavesSomething }),
  ...permissionRules,
];
