import type { Authority } from "../../authority/authority.ts";
import { sha256Base64Url } from "../../core/bytes.ts";
import type { Clock } from "../../core/clock.ts";
import { type MemberId, memberOf } from "../../core/ids.ts";
import { signAct } from "../../message/service-act-record.ts";
import { keyOperation } from "../../pki/private-key.ts";
import { SignerPool } from "../../pki/signer.ts";
import type { Identity } from "../ca.ts";
import { instance } from "./members.ts";
import { services } from "./services.ts";

export interface PublishingParts {
  readonly authority: Authority;
  /** Of every member that offers a service. */
  readonly seals: ReadonlyMap<MemberId, Identity>;
  readonly clock: Clock;
}

/**
 * Publishes the country's services as their providers do: each signed by its member's seal, held against the gate,
 * countersigned.
 * @throws Error with the findings for a description that the gate refuses
 */
export async function publishServices({ authority, seals, clock }: PublishingParts): Promise<void> {
  // Who tells only yes or no names the service that tells all.
  const isPredicate = ({ description }: (typeof services)[number]) => "predicateOf" in description;
  const inOrder = [...services].sort((a, b) => Number(isPredicate(a)) - Number(isPredicate(b)));
  for (const { id: service, description } of inOrder) {
    const { version } = description as { readonly version: string };
    const { certificate, privateKey } = seals.get(memberOf(service))!;
    const bytes = Buffer.from(`${JSON.stringify(description, undefined, 2)}\n`);
    const stated = { service, version, description: sha256Base64Url(bytes), previous: null };
    const signer = new SignerPool(certificate, keyOperation(privateKey));
    const act = await signAct(signer, "publish", { instance, time: clock.now(), ...stated });
    const sent = JSON.stringify({ act: act.toString("latin1"), description: bytes.toString("base64") });
    const judgement = await authority.act(Buffer.from(sent), "for good");
    if (judgement.kind === "refused") throw new Error(`${service}: ${JSON.stringify(judgement.findings)}`);
  }
}
