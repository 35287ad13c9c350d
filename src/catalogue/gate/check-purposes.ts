import { startOfDay } from "../../core/day.ts";
import { pointerToken } from "../../core/json-pointer.ts";
import type { DescriptionDocument, ServicePurpose } from "../description-document.ts";
import type { GateFinding } from "./gate-codes.ts";
import type { Publication } from "./publication.ts";

/** What purposes say of law, time and reasons; of their elements `check-fields.ts` speaks. */
export function* checkPurposes({ document, today }: Publication): Generator<GateFinding> {
  for (const [i, purpose] of (document.purposes ?? []).entries()) {
    const place = `/purposes/${i}`;
    if (!isBased(purpose, document))
      yield { code: "purpose.basis", place: `${place}/lawfulBasis`, detail: "" };
    const { validUntil, elements, reasons = {} } = purpose;
    if (validUntil !== undefined && (validUntil < today || startOfDay(validUntil) === undefined))
      yield { code: "purpose.expired", place: `${place}/validUntil`, detail: validUntil };
    for (const element of Object.keys(reasons)) {
      if (!elements.includes(element))
        yield { code: "purpose.reason", place: `${place}/reasons/${pointerToken(element)}`, detail: element };
    }
  }
}

function isBased({ lawfulBasis }: ServicePurpose, { lawfulBases = [] }: DescriptionDocument): boolean {
  return (
    lawfulBasis === undefined ||
    lawfulBases.some(
      ({ basis, provision }) => basis === lawfulBasis.basis && provision === lawfulBasis.provision,
    )
  );
}
