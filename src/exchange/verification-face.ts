import { asSealwayError, SealwayError } from "../core/errors.ts";
import { packVerificationConfiguration } from "../messagelog/evidence/verification-configuration.ts";
import type { GlobalConfiguration } from "../trust/global-configuration.ts";
import type { OwnReply } from "./catalogue/catalogue-face.ts";
import type { InformationSystemCall } from "./consumer-exchange.ts";
import type { GatewayServices } from "./gateway-services.ts";
import { problemOf } from "./problem.ts";

const path = "/verificationconf";

/**
 * `GET /verificationconf`, as X-Road has it: a zip with the configuration in force. As open as there: the authority tells
 * the same to everybody. It is packed once for each version.
 */
export class VerificationFace {
  #packed: { readonly sha256: string; readonly zip: Promise<Buffer> } | undefined;

  takes(target: string): boolean {
    return target === path || target.startsWith(`${path}?`);
  }

  /** Never throws. */
  async answer(services: GatewayServices, { method, target }: InformationSystemCall): Promise<OwnReply> {
    try {
      if (method !== "GET")
        throw new SealwayError("invalid_http_method", "the configuration is fetched by GET");
      if (target !== path)
        throw new SealwayError("bad_request", "an earlier configuration is told by the governing authority");
      const { configuration } = services.trust();
      const body = await this.#pack(configuration, services.clock.now());
      return { kind: "document", contentType: "application/zip", body };
    } catch (thrown) {
      const error = asSealwayError(thrown);
      const problem = problemOf(error, "consumer", null);
      return { kind: "problem", problem, queryId: null, error, client: null };
    }
  }

  #pack(configuration: GlobalConfiguration, at: number): Promise<Buffer> {
    const { sha256, files, expiresAt } = configuration;
    if (this.#packed?.sha256 !== sha256) {
      const zip = packVerificationConfiguration({ content: configuration, files, at, expiresAt });
      this.#packed = { sha256, zip };
      zip.catch(() => (this.#packed = undefined));
    }
    return this.#packed!.zip;
  }
}
