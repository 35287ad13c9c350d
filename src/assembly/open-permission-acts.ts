import { secretOfRevision } from "../exchange/permissions/permission-secret.ts";
import type { PermissionActs } from "../messagelog/evidence/collect-permission.ts";
import { openServerVault } from "./open-vault.ts";
import { openPermissionStore } from "./permission-parts.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

/**
 * Opens what proves how persons gave permissions here, beside the running server or without it: it names them.
 * @throws MasterKeyError; SealwayError `log_unavailable`; errors of the file system
 */
export async function openPermissionActs(
  configuration: ServerConfiguration,
): Promise<PermissionActs & { close(): Promise<void> }> {
  const vault = await openServerVault(configuration);
  const store = openPermissionStore(configuration);
  return {
    async of(permission, revision) {
      const stored = (await store.revisions(permission)).find((one) => one.revision === revision);
      const opened = stored && (await secretOfRevision(vault, stored));
      if (opened?.state !== "present" || opened.secret.text === null) return undefined;
      const { text, token, key } = opened.secret;
      return { text, token, key: key as never };
    },
    close: () => store.close(),
  };
}
