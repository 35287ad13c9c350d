import type { RegistrationSaid, ToldRequest } from "../../admin/registration-desk.ts";
import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import type { GatewayServices } from "../../exchange/gateway-services.ts";
import type { Change } from "../../message/registration/registration-change.ts";
import { requestDigest } from "../../message/registration/registration-request.ts";
import type { Signer } from "../../pki/signer.ts";
import { loadAnchor } from "../../trust/anchor.ts";
import { orderReader } from "../order-reader.ts";
import {
  decideRegistrationRequest,
  listRegistrationRequests,
  makeRegistrationRequest,
  type RegistrationAnswer,
  type RegistrationStatus,
  sendRegistrationRequest,
  showRegistrationRequest,
} from "../registration.ts";
import type { ServerConfiguration } from "../server-configuration.ts";

/** What the console has the running server ask of the governing authority, by the seal of a member. */
export type RegistrationOrder =
  | { readonly order: "registration list"; readonly member: string; readonly show: "open" | "all" }
  | {
      readonly order: "registration request";
      readonly member: string;
      readonly changes: readonly Change[];
      readonly note?: string;
    }
  | {
      readonly order: "registration sign" | "registration withdraw";
      readonly member: string;
      readonly id: string;
    };

const text = (maxLength: number) => ({ type: "string", minLength: 1, maxLength }) as const;
const member = text(1024);
const changes = { type: "array", minItems: 1, maxItems: 100, items: { type: "object" } } as const;
const one = { member, id: text(36) };

const parse = orderReader<RegistrationOrder>({
  "registration list": [{ member, show: { enum: ["open", "all"] } }],
  "registration request": [{ member, changes, note: text(500) }, "note"],
  "registration sign": [one],
  "registration withdraw": [one],
});

type Parts = Pick<ServerConfiguration, "anchor" | "mirrors"> & Pick<GatewayServices, "clock" | "seals">;

/**
 * Does what the console orders about registration requests.
 * @returns undefined for an order about something else
 * @throws SealwayError `bad_request`, `signer_unavailable`, `authority_unreachable`
 */
export function respondRegistration(
  parts: Parts,
  bytes: Buffer,
): Promise<RegistrationSaid<ToldRequest | readonly ToldRequest[]>> | undefined {
  const order = parse(bytes);
  return order && execute(parts, order);
}

async function execute({ anchor, clock, mirrors, seals }: Parts, order: RegistrationOrder) {
  const signer = seals.get(order.member as never)?.signer;
  if (signer === undefined) throw new SealwayError("signer_unavailable", `${order.member} has no seal here`);
  if (order.order === "registration list") {
    const { instance } = await loadAnchor(anchor);
    return toldList(await listRegistrationRequests(mirrors, signer, queryOf(instance, clock, order.show)));
  }
  if (order.order === "registration request") {
    const request = makeRegistrationRequest(await loadAnchor(anchor), order.changes, clock, order.note);
    return toldAnswer(await sendRegistrationRequest(mirrors, request, [signer]));
  }
  const shown = await showRegistrationRequest(mirrors, order.id);
  if (shown.kind === "refused") return shown;
  if (order.order === "registration sign")
    return toldAnswer(await sendRegistrationRequest(mirrors, shown.taken.request, [signer]));
  return toldAnswer(await decide(mirrors, signer, shown.taken, clock, { decision: "withdraw" }));
}

type Said =
  | { readonly decision: "approve" | "withdraw" }
  | { readonly decision: "decline"; readonly reason: string };

/** Signs and hands in a decision on what was shown. */
export function decide(
  mirrors: readonly string[],
  signer: Signer,
  { request }: RegistrationStatus,
  clock: Clock,
  said: Said,
): Promise<RegistrationAnswer> {
  const { id, instance } = request;
  const stated = { instance, request: id, sha256: requestDigest(request), time: clock.now() };
  return decideRegistrationRequest(mirrors, signer, { ...stated, ...said });
}

export function queryOf(instance: string, clock: Clock, show: "open" | "all") {
  return { instance, time: clock.now(), show } as const;
}

export function toldAnswer(answer: RegistrationAnswer): RegistrationSaid<ToldRequest> {
  return answer.kind === "refused" ? answer : { kind: "taken", taken: told(answer.taken) };
}

export function toldList(
  answer: RegistrationAnswer<readonly RegistrationStatus[]>,
): RegistrationSaid<readonly ToldRequest[]> {
  return answer.kind === "refused" ? answer : { kind: "taken", taken: answer.taken.map(told) };
}

/** The digest is that of what is shown, whatever came with it. */
function told(status: RegistrationStatus): ToldRequest {
  const { request, state, received, expires, approved, members = null, persons } = status;
  const { changes: asked, id, instance, note = null } = request;
  return {
    ...{ id, instance, changes: asked as unknown as ToldRequest["changes"], note },
    ...{ sha256: requestDigest(request), state, received, expires, approved, persons },
    ...{ signed: members, automatic: status.automatic, reason: status.reason },
  };
}
