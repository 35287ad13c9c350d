import { systemClock } from "../../core/clock.ts";
import type { SealwayError } from "../../core/errors.ts";
import { reasonOf, unavailable } from "./database.ts";
import { NewerSchemaError } from "./migrations.ts";
import type { PostgresPlace } from "./place.ts";
import { Upkeep } from "./upkeep.ts";

/**
 * Brings the schema of a log up to date, makes it when there is none: it can be read then.
 * @throws SealwayError `log_unavailable` when the database cannot be reached or must not be written
 */
export async function preparePostgresLog(place: PostgresPlace): Promise<void> {
  try {
    await new Upkeep({ place, clock: systemClock }).prepare();
  } catch (error) {
    throw refusal(error);
  }
}

/** Why a log cannot be opened at all. */
export function refusal(error: unknown): SealwayError {
  return unavailable(error instanceof NewerSchemaError ? error.message : reasonOf(error), error);
}
