import { parentPort, workerData } from "node:worker_threads";
import { asBuffer } from "../../core/bytes.ts";
import type { PermissionListing, StoredRevision } from "../../policy/permissions/permission-store.ts";
import { sqliteCode } from "./database.ts";
import { openPermissionsForWriting, PermissionTable } from "./permission-table.ts";

/** The thread that alone writes permissions, and reads what may take long: the request thread waits for no disk. */

/** What the thread is started with. */
export interface PermissionWorkerData {
  readonly directory: string;
}

export type PermissionErrand =
  | { readonly kind: "add"; readonly revision: StoredRevision }
  | { readonly kind: "list"; readonly listing: PermissionListing }
  | { readonly kind: "revisions"; readonly permission: string }
  | { readonly kind: "waiting"; readonly after: string | null; readonly limit: number }
  | { readonly kind: "erase"; readonly permission: string; readonly nobody: Buffer };

export interface ToPermissionWorker {
  readonly id: number;
  readonly errand: PermissionErrand;
}

export type FromPermissionWorker =
  | { readonly id: number; readonly kind: "done"; readonly result: unknown }
  | { readonly id: number; readonly kind: "failed"; readonly reason: string };

const { directory } = workerData as PermissionWorkerData;
const database = openPermissionsForWriting(directory);
const table = new PermissionTable(database);

function execute(errand: PermissionErrand): unknown {
  switch (errand.kind) {
    case "add":
      return table.add(revived(errand.revision));
    case "list": {
      const { person, ...listing } = errand.listing;
      return table.list({ ...listing, ...(person && { person: asBuffer(person) }) });
    }
    case "revisions":
      return table.revisions(errand.permission);
    case "waiting":
      return table.waiting(errand.after, errand.limit);
    case "erase":
      return table.erase(errand.permission, asBuffer(errand.nobody));
  }
}

/** Buffers cross threads as plain byte arrays. */
function revived(revision: StoredRevision): StoredRevision {
  const { person, document, signed, keyId, secret } = revision;
  return {
    ...revision,
    ...{ person: asBuffer(person), document: asBuffer(document), signed: asBuffer(signed) },
    ...{ keyId: asBuffer(keyId), secret: asBuffer(secret) },
  };
}

parentPort!.on("message", (message: ToPermissionWorker | "close") => {
  if (message === "close") {
    database.close();
    return parentPort!.close();
  }
  const { id, errand } = message;
  const answer = (): FromPermissionWorker => {
    try {
      return { id, kind: "done", result: execute(errand) };
    } catch (error) {
      return { id, kind: "failed", reason: `the store says ${sqliteCode(error)}` };
    }
  };
  parentPort!.postMessage(answer());
});
