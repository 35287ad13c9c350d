import { join } from "node:path";
import type { Clock } from "../../src/core/clock.ts";
import type { LogReader, MessageStore } from "../../src/messagelog/message-store.ts";
import { openLogReader as openPostgresReader } from "../../src/store/postgres/log-reader.ts";
import { openPostgresMessageStore } from "../../src/store/postgres/message-store.ts";
import { locationOf, type PostgresPlace } from "../../src/store/postgres/place.ts";
import { openLogReader as openSqliteReader } from "../../src/store/sqlite/log-reader.ts";
import { openSqliteMessageStore } from "../../src/store/sqlite/message-store.ts";

/* Loads no test runner: processes that tests start and kill open their stores by this file. */

/** The store of a scene. */
export interface SceneStore {
  /** The database; undefined for SQLite. */
  readonly postgresql?: PostgresPlace;
  readonly location: string;
  /** By which another process opens it: see `sceneStoreAt`. */
  readonly again: string;
  readonly readerModule: string;
  open(clock: Clock): Promise<MessageStore>;
  openReader(): LogReader;
}

/** Makes an empty store for a scene. @param directory of the scene */
export type NewStore = (directory: string) => Promise<SceneStore>;

/** In the scene's directory. */
export const newSqlite: NewStore = async (directory) => {
  const location = join(directory, "log");
  return {
    location,
    again: JSON.stringify({ directory }),
    readerModule: new URL("../../src/store/sqlite/log-reader.ts", import.meta.url).href,
    open: (clock) => openSqliteMessageStore({ directory: location, clock }),
    openReader: () => openSqliteReader(location),
  };
};

export function postgresAt(place: PostgresPlace): SceneStore {
  const location = locationOf(place);
  return {
    postgresql: place,
    location,
    again: JSON.stringify({ postgresql: place }),
    readerModule: new URL("../../src/store/postgres/log-reader.ts", import.meta.url).href,
    open: (clock) => openPostgresMessageStore({ place, clock }),
    openReader: () => openPostgresReader(location),
  };
}

/** The store of a scene in another process. @param again as the scene's store gives it */
export async function sceneStoreAt(again: string): Promise<SceneStore> {
  const { directory, postgresql } = JSON.parse(again);
  return postgresql === undefined ? newSqlite(directory) : postgresAt(postgresql);
}
