import type { ClientId } from "../../core/ids.ts";
import type { PinnedProvider } from "./verify-sign-in.ts";

/** Through whom persons act on permissions here, as the server's configuration says. */
export interface PermissionSettings {
  /**
   * The subsystems of portals: they and no others list a person's permissions and act for the person;
   * each with the scheme by which it names who is signed in.
   */
  readonly portals: ReadonlyMap<ClientId, string>;
  /** Where a person finds a request, with `{id}` in the place of its id; null while there is no portal. */
  readonly portalUrl: string | null;
  readonly identityProviders: readonly PinnedProvider[];
}
