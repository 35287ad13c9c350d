import type { Test } from "tap";
import { type Clock, systemClock } from "../../../src/core/clock.ts";
import type { LogReader, MessageStore } from "../../../src/messagelog/message-store.ts";
import { openLogReader } from "../../../src/store/postgres/log-reader.ts";
import { openPostgresMessageStore, type Pace } from "../../../src/store/postgres/message-store.ts";
import { locationOf, type PostgresPlace } from "../../../src/store/postgres/place.ts";
import { until } from "../../until.ts";

/** Nodes that notice each other's end within some seconds. */
export const quick: Pace = { life: 500, silence: 6000, upkeep: 1000, deadAfter: 2000 };

/** A node, closed with the test. */
export async function openStore(
  t: Test,
  place: PostgresPlace,
  { clock = systemClock, pace }: { readonly clock?: Clock; readonly pace?: Pace } = {},
): Promise<MessageStore> {
  const store = await openPostgresMessageStore({ place, clock, ...(pace && { pace }) });
  t.teardown(() => store.close());
  return store;
}

/** Closed with the test. */
export function openReader(t: Test, place: PostgresPlace): LogReader {
  const reader = openLogReader(locationOf(place));
  t.teardown(() => reader.close());
  return reader;
}

/** The store tries again by itself. */
export function recovered(store: MessageStore): Promise<void> {
  return until("the store is well", () => store.health().state === "ok");
}
