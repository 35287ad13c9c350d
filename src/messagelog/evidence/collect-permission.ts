import { SealwayError } from "../../core/errors.ts";
import { parseHead } from "../../message/head.ts";
import { parseStatement } from "../../message/signed-statement.ts";
import { pastPermissionType } from "../../policy/permissions/judge-past-use.ts";
import type { GuardEntry } from "../message-record.ts";
import type { LogReader } from "../message-store.ts";
import type { MessageParts } from "./evidence-package.ts";
import {
  actPath,
  mostRevisions,
  namedStatement,
  type PermissionActProof,
  serializeActProof,
  statementPath,
} from "./permission-files.ts";

/** Where it is kept how persons gave permissions: it names them, and is shown only to whom they are to be named. */
export interface PermissionActs {
  /** @returns undefined where it is not kept, or not any more */
  of(permission: string, revision: number): Promise<PermissionActProof | undefined>;
}

/**
 * The statements of the permission by which an answer was given, or a message sent, as far as the log has them, by their paths in a package.
 * What is not shown of its head is not told in another way: without the head there are none.
 */
export async function collectPermission(
  log: Pick<LogReader, "document">,
  role: GuardEntry["role"] | undefined,
  messages: readonly Pick<MessageParts, "head">[],
  acts: PermissionActs | undefined,
): Promise<ReadonlyMap<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const named = messages.flatMap(({ head }) => {
    const shown = head.state === "present" ? parseHead(head.bytes) : undefined;
    // What a request's head says, its consumer chose: it is shown by that one's own log alone.
    const counts = shown?.start.kind === "response" || role === "consumer";
    return shown !== undefined && counts ? (namedStatement(shown) ?? []) : [];
  });
  for (const newest of named.slice(0, 1)) {
    for (let digest: string | null = newest; digest !== null && files.size < mostRevisions; ) {
      const document = await log.document(digest);
      // Whoever signed the head chose the digest: whatever else has it is no permission.
      const statement = document?.kind === "permission" ? readStatement(document.bytes) : undefined;
      if (document === undefined || statement === undefined) break;
      files.set(statementPath(digest), document.bytes);
      digest = statement.previous;
    }
    const statement = readStatement(files.get(statementPath(newest)));
    const act = statement && (await acts?.of(statement.id, statement.revision));
    if (act !== undefined) files.set(actPath(newest), serializeActProof(act));
  }
  return files;
}

function readStatement(bytes: Buffer | undefined) {
  if (bytes === undefined) return undefined;
  try {
    const { id, revision, previous } = parseStatement(bytes, pastPermissionType).payload;
    return {
      ...{ id: String(id), revision: Number(revision) },
      previous: typeof previous === "string" ? previous : null,
    };
  } catch (error) {
    if (error instanceof SealwayError) return undefined;
    throw error;
  }
}
