import { SealwayError } from "../../core/errors.ts";
import { type MemberId, memberOf, type ServerId } from "../../core/ids.ts";
import type { RegisteredServer } from "../../message/registration/registered.ts";
import type { ChangeKind, ChangeOf } from "../../message/registration/registration-change.ts";
import { type ChangeRule, type ChangeRules, key, type Made, member, officer } from "./change-rule.ts";
import { fingerprintOf, type RegistryState } from "./registry-state.ts";
import { changeServer, clientAt, lastServerOf } from "./server-clients.ts";

type Kinds = Extract<ChangeKind, `server-${string}` | `client-${string}`>;

type OfServer = { readonly server: ServerId };

const server = ({ server }: OfServer) => ["server", server] as const;
const owner = ({ server: id }: OfServer, state: RegistryState) => [[member(state.server(id).owner)]];
const ownerOrOfficer = ({ server: id }: OfServer, state: RegistryState) => [
  [member(state.server(id).owner), officer],
];

export const serverChanges: ChangeRules<Kinds> = {
  "server-add": {
    object: server,
    step: "add",
    signers: ({ owner, tlsCertificates }) => [
      [member(owner)],
      ...tlsCertificates.map((der) => [key(fingerprintOf(der))]),
    ],
    persons: 1,
    automatic: "never",
    make: (state, { kind: _, server: id, ...content }, made) => {
      checkOwner(state, id, content.owner);
      state.servers.set(id, { id, clients: [], ...content });
      for (const der of content.tlsCertificates) addCertificate(state, fingerprintOf(der), made);
    },
  },
  "server-addresses": ofOwner(({ addresses }) => ({ addresses })),
  "server-log-keys": ofOwner(({ logKeys }) => ({ logKeys })),
  "server-officers": {
    ...ofOwner<"server-officers">(({ officers }) => ({ officers })),
    automatic: "never",
  },
  "server-contact": ofOwner(({ contact }) => ({ contact })),
  "server-maintenance": ofOwner(({ maintenance }) => ({ maintenance })),
  "server-certificate-add": {
    object: ({ certificate }) => ["certificate", fingerprintOf(certificate)],
    step: "add",
    signers: (change, state) => [...owner(change, state), [key(fingerprintOf(change.certificate))]],
    persons: 1,
    automatic: "named in certificate",
    make: (state, { server: id, certificate }) =>
      changeServer(state, id, {
        tlsCertificates: [...state.server(id).tlsCertificates, certificate],
      }),
  },
  "server-certificate-end": {
    object: ({ fingerprint }) => ["certificate", fingerprint],
    step: "remove",
    signers: ownerOrOfficer,
    persons: 1,
    automatic: "own",
    make: endCertificate,
  },
  "server-suspend": {
    object: server,
    step: "suspend",
    signers: ownerOrOfficer,
    persons: 1,
    automatic: "own",
    make: (state, { server: id }, { asked }) =>
      state.noteSuspension("server", id, asked === "authority" ? "authority" : "owner"),
  },
  "server-resume": {
    object: server,
    step: "resume",
    signers: (change, state) =>
      state.standing("server", change.server)?.suspendedBy === "authority"
        ? [[officer]]
        : ownerOrOfficer(change, state),
    persons: 1,
    automatic: "own",
    make: () => {},
  },
  "server-owner": {
    object: server,
    step: "remove",
    signers: (change, state) => [...owner(change, state), [member(change.owner)]],
    persons: 2,
    automatic: "never",
    make: changeOwner,
  },
  "server-remove": {
    object: server,
    step: "remove",
    signers: ownerOrOfficer,
    persons: 1,
    automatic: "never",
    make: removeServer,
  },
  "client-add": {
    object: ({ client, server }) => ["client", clientAt(client, server)],
    step: "add",
    signers: ({ client, server: id }, state) => [
      [member(state.server(id).owner)],
      [member(memberOf(client))],
    ],
    persons: 1,
    automatic: "never",
    // What the old server holds for others would be left behind.
    isGrave: ({ client, server, handOver }, { state }) => {
      const before = lastServerOf(state, client);
      return handOver === undefined && before !== undefined && before !== server;
    },
    make: (state, { client, server: id }) => {
      state.checkRegistered((client as string) === memberOf(client) ? "member" : "subsystem", client);
      changeServer(state, id, { clients: [...state.server(id).clients, client] });
    },
  },
  "client-remove": {
    object: ({ client, server }) => ["client", clientAt(client, server)],
    step: "remove",
    signers: ({ client, server: id }, state) => [
      [member(state.server(id).owner), member(memberOf(client)), officer],
    ],
    persons: 1,
    automatic: "own",
    make: (state, { client, server: id }) =>
      changeServer(state, id, { clients: state.server(id).clients.filter((one) => one !== client) }),
  },
};

type OwnContent = Extract<
  Kinds,
  `server-${"addresses" | "log-keys" | "officers" | "contact" | "maintenance"}`
>;

/** What an owner says of its server, and nobody else is concerned by. */
function ofOwner<Kind extends OwnContent>(
  content: (change: ChangeOf<Kind>) => Partial<RegisteredServer>,
): ChangeRule<Kind> {
  return {
    object: server,
    step: "change",
    signers: owner,
    persons: 1,
    automatic: "own",
    make: (state, change) => changeServer(state, change.server, content(change)),
  };
}

function addCertificate(state: RegistryState, fingerprint: string, made: Made): void {
  state.move("certificate", fingerprint, "request", made);
  state.move("certificate", fingerprint, "approve", made);
}

function endCertificate(
  state: RegistryState,
  { server: id, fingerprint }: ChangeOf<"server-certificate-end">,
): void {
  const { tlsCertificates } = state.server(id);
  const left = tlsCertificates.filter((der) => fingerprintOf(der) !== fingerprint);
  if (left.length === tlsCertificates.length)
    throw new SealwayError("transition_refused", `the certificate ${fingerprint} is not of ${id}`);
  changeServer(state, id, { tlsCertificates: left });
}

/** A server's name has its owner's in it, and names are not given again: it gets another one. */
function changeOwner(
  state: RegistryState,
  { server: id, owner, as }: ChangeOf<"server-owner">,
  made: Made,
): void {
  checkOwner(state, as, owner);
  const before = state.server(id);
  state.move("server", as, "request", made);
  state.move("server", as, "approve", made);
  state.servers.delete(id);
  state.servers.set(as, { ...before, id: as, owner });
  for (const client of before.clients) {
    state.move("client", clientAt(client, id), "remove", made);
    state.move("client", clientAt(client, as), "request", made);
    state.move("client", clientAt(client, as), "approve", made);
  }
  for (const [fingerprint, seal] of state.seals) {
    if (!seal.servers.includes(id)) continue;
    const servers = seal.servers.map((one) => (one === id ? as : one));
    state.seals.set(fingerprint, { ...seal, servers });
  }
}

function checkOwner(state: RegistryState, server: ServerId, owner: MemberId): void {
  state.checkRegistered("member", owner);
  if (memberOf(server) !== owner)
    throw new SealwayError("registration_refused", `the server ${server} does not have its owner's name`);
}

function removeServer(state: RegistryState, { server: id }: OfServer, made: Made): void {
  const { clients, tlsCertificates } = state.server(id);
  for (const client of clients) state.move("client", clientAt(client, id), "remove", made);
  for (const der of tlsCertificates) state.move("certificate", fingerprintOf(der), "remove", made);
  for (const [fingerprint, seal] of state.seals) {
    if (!seal.servers.includes(id)) continue;
    state.seals.set(fingerprint, { ...seal, servers: seal.servers.filter((one) => one !== id) });
  }
  state.servers.delete(id);
}
