import type { ConfigurationIndex } from "./configuration-index.ts";
import type { ConfigurationStatus } from "./configuration-status.ts";
import type { GlobalConfiguration } from "./global-configuration.ts";

export type ConfigurationEvent =
  | {
      readonly kind: "version";
      readonly configuration: GlobalConfiguration;
      readonly index: ConfigurationIndex;
    }
  | { readonly kind: "state"; readonly status: ConfigurationStatus };

type Listener = (event: ConfigurationEvent) => void;

/** Who is told of each new version and each change of state. */
export class ConfigurationListeners {
  readonly #listeners = new Set<Listener>();

  /** @returns what ends it */
  add(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @param failed told of a listener that failed, which keeps nobody else from being told */
  tell(event: ConfigurationEvent, failed: (error: unknown) => void): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        failed(error);
      }
    }
  }
}
