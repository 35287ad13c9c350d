import { makeRegistrationRequest, sendRegistrationRequest } from "../../assembly/registration.ts";
import type { Authority } from "../../authority/authority.ts";
import type { Clock } from "../../core/clock.ts";
import { type ClientId, type MemberId, unsafeId } from "../../core/ids.ts";
import type { Change } from "../../message/registration/registration-change.ts";
import { keyOperation } from "../../pki/private-key.ts";
import { SignerPool } from "../../pki/signer.ts";
import type { Identity } from "../ca.ts";
import type { Country, CountryServer } from "./country.ts";
import { type CountryMember, membersOn } from "./members.ts";

/** What the members of a country register with. */
export interface RegisteringParts {
  readonly country: Country;
  readonly authority: Authority;
  readonly seals: ReadonlyMap<MemberId, Identity>;
  /** By the servers' names, as the public keys of their logs are. */
  readonly tls: ReadonlyMap<string, Identity>;
  readonly logKeys: ReadonlyMap<string, string>;
  readonly clock: Clock;
}

/**
 * Has every member join as anybody does: for each server a request, signed by the seals of all whom it serves and by its
 * TLS key. The authority of a demonstration approves them by rule.
 * @throws Error with the authority's word when one is refused
 */
export async function registerMembers(parts: RegisteringParts): Promise<void> {
  const { country, authority, seals, tls, clock } = parts;
  for (const server of country.servers) {
    const identities = [...membersOn(server.plan).map(({ id }) => seals.get(id)!), tls.get(server.name)!];
    const signers = identities.map(({ certificate, privateKey }) => {
      return new SignerPool(certificate, keyOperation(privateKey));
    });
    const request = makeRegistrationRequest(authority.anchor, changesFor(parts, server), clock);
    const answer = await sendRegistrationRequest([authority.url], request, signers);
    if (answer.kind === "refused") throw new Error(`${server.id}: ${answer.code} ${answer.detail}`);
    if (answer.taken.state !== "approved") throw new Error(`${server.id}: ${answer.taken.state}`);
  }
}

function changesFor({ seals, tls, logKeys }: RegisteringParts, server: CountryServer): Change[] {
  const members = membersOn(server.plan);
  return [
    ...members.flatMap((member) => joining(member, server, seals.get(member.id)!)),
    {
      ...{ kind: "server-add", server: server.id, owner: server.plan.owner, wireVersions: [1] },
      addresses: [{ host: "127.0.0.1", port: server.ports.peer }],
      tlsCertificates: [base64(tls.get(server.name)!)],
      logKeys: [logKeys.get(server.name)!],
      contact: `operations@${server.name}.example`,
    },
    ...server.clients.map((client) => ({ kind: "client-add", client, server: server.id }) as const),
  ];
}

function joining(
  { id, name, subsystems }: CountryMember,
  { id: server }: CountryServer,
  seal: Identity,
): Change[] {
  return [
    { kind: "member-add", member: id, name },
    { kind: "seal-add", member: id, certificate: base64(seal), servers: [server] },
    ...subsystems.map((code): Change => {
      return {
        kind: "subsystem-add",
        subsystem: unsafeId<ClientId>(`${id}/${code}`),
        name: `${name}: ${code}`,
      };
    }),
  ];
}

function base64({ certificate }: Identity): string {
  return certificate.der.toString("base64");
}
