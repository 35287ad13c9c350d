import { setImmediate as giveWay } from "node:timers/promises";
import type { PermissionBook } from "../exchange/permissions/permission-book.ts";
import { readPermission } from "../policy/permissions/permission.ts";
import type { PermissionStore } from "../policy/permissions/permission-store.ts";
import { Rounds } from "./rounds.ts";

const times = { firstAfter: 60_000, every: 3_600_000 };
const pageLength = 200;

type Book = Pick<PermissionBook, "current"> & { readonly store: Pick<PermissionStore, "waiting"> };

/** Ends the requests for permissions whose time has passed, also those at which nobody looks any more. */
export function lapsedRequests(book: Book): Rounds {
  return new Rounds(times, async (signal) => {
    // What fails is tried again in an hour; whoever looks at a request meanwhile finds it ended all the same.
    await endLapsed(book, signal).catch(() => undefined);
    return "more";
  });
}

async function endLapsed(book: Book, signal: AbortSignal): Promise<void> {
  for (let after: string | null = null; !signal.aborted; ) {
    const page = await book.store.waiting(after, pageLength);
    for (const { document } of page) {
      if (signal.aborted) return;
      // One that cannot be ended, of a member that is served here no more, keeps no other one open.
      await book.current(readPermission(document)).catch(() => undefined);
    }
    if (page.length < pageLength) return;
    after = page.at(-1)!.id;
    await giveWay();
  }
}
