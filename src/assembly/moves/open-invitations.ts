import { generateKeyPairSync, type KeyObject } from "node:crypto";
import type { ClientId, ServerId } from "../../core/ids.ts";
import { uuidV7 } from "../../core/uuid.ts";
import type { GatewayServices } from "../../exchange/gateway-services.ts";
import { required } from "../../exchange/required.ts";
import { signStatement } from "../../message/signed-statement.ts";
import { pointOf } from "../../pki/hybrid-envelope.ts";
import { invitationType, type MoveInvitation } from "./move-invitation.ts";

export interface OpenInvitation extends Pick<MoveInvitation, "id" | "subsystem" | "from" | "time"> {
  readonly privateKey: KeyObject;
}

/** Above this the oldest one is forgotten. */
const mostOpen = 100;

/**
 * What this server has invited and nobody has handed over yet. Their keys are in no file: what is handed over is opened
 * once, by the process that invited, and by nobody who finds the file later.
 */
export class OpenInvitations {
  readonly #open = new Map<string, OpenInvitation>();

  /** @returns the statement. @throws SealwayError `signer_unavailable` */
  async make(
    {
      clock,
      owner,
      seals,
      self,
      trust,
    }: Pick<GatewayServices, "clock" | "owner" | "seals" | "self" | "trust">,
    subsystem: ClientId,
    from: ServerId,
  ): Promise<Buffer> {
    const time = clock.now();
    const id = uuidV7(time);
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const { instance } = trust().configuration.parameters;
    const payload: MoveInvitation = {
      ...{ instance, time, id, subsystem, from, to: self, key: pointOf(privateKey) },
    };
    const signed = await signStatement(required(seals.get(owner)).signer, invitationType, payload);
    const [oldest] = this.#open.keys();
    if (this.#open.size >= mostOpen) this.#open.delete(oldest!);
    this.#open.set(id, { id, subsystem, from, time, privateKey });
    return signed;
  }

  get(id: string): OpenInvitation | undefined {
    return this.#open.get(id);
  }

  /** It was made use of. */
  end(id: string): void {
    this.#open.delete(id);
  }
}
