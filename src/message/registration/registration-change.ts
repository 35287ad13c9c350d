import type { ClientId, MemberId, ServerId, ServiceId } from "../../core/ids.ts";
import type { SuccessionEntry } from "../../trust/configuration-parts.ts";
import type { RegisteredServer } from "./registered.ts";

type Reasoned = { readonly reason: string };
type OfMember = { readonly member: MemberId };
type OfServer = { readonly server: ServerId };
/** An agreement between members, by what names it. */
type OfAgreement = { readonly agreement: string; readonly consumer: ClientId; readonly service: ServiceId };
type ClientAtServer = OfServer & { readonly client: ClientId };
/** One seal by its fingerprint. */
type OfSeal = OfMember & { readonly fingerprint: string };
type Of<Name extends keyof RegisteredServer> = OfServer & Pick<RegisteredServer, Name>;

/** What each kind of change states (`schemas/registration/request.schema.json`). Certificates are DER in base64. */
interface Stated {
  readonly "member-add": OfMember & { readonly name: string };
  readonly "member-rename": OfMember & { readonly name: string };
  readonly "member-suspend": OfMember & Reasoned;
  readonly "member-resume": OfMember & Reasoned;
  readonly "member-remove": OfMember & Reasoned;
  readonly "subsystem-add": { readonly subsystem: ClientId; readonly name: string };
  readonly "subsystem-remove": { readonly subsystem: ClientId };
  /** `until` is ISO 8601. */
  readonly "attribute-certify": OfMember & { readonly attribute: string; readonly until: string };
  readonly "attribute-end": OfMember & { readonly attribute: string } & Reasoned;
  /** An officer of the authority. */
  readonly "officer-add": { readonly certificate: string };
  readonly "officer-end": { readonly fingerprint: string } & Reasoned;
  readonly "group-add": { readonly group: string; readonly description: string };
  readonly "group-remove": { readonly group: string } & Reasoned;
  readonly "group-member-add": { readonly group: string; readonly client: ClientId };
  readonly "group-member-end": { readonly group: string; readonly client: ClientId };
  /** The authority's flag: it stops calls whatever the two sides do. */
  readonly "agreement-suspend": OfAgreement & Reasoned;
  readonly "agreement-resume": OfAgreement & Reasoned;
  /** For good, of one that is suspended. */
  readonly "agreement-end": OfAgreement & Reasoned;
  /** What became of members by law; `became` is the kind of it, `date` a day. */
  readonly "succession-add": Omit<SuccessionEntry, "kind"> & { readonly became: SuccessionEntry["kind"] };
  /** It was recorded wrongly. */
  readonly "succession-end": Pick<SuccessionEntry, "from" | "date"> & Reasoned;
  readonly "seal-add": OfMember & { readonly certificate: string; readonly servers: readonly ServerId[] };
  readonly "seal-servers": OfSeal & { readonly servers: readonly ServerId[] };
  /** `compromisedFrom` is ISO 8601; without it the seal is withdrawn from now on. */
  readonly "seal-end": OfSeal & { readonly compromisedFrom?: string };
  readonly "server-add": OfServer &
    Pick<
      RegisteredServer,
      "owner" | "addresses" | "tlsCertificates" | "wireVersions" | "contact" | "logKeys" | "officers"
    >;
  readonly "server-addresses": Of<"addresses">;
  readonly "server-certificate-add": OfServer & { readonly certificate: string };
  readonly "server-certificate-end": OfServer & { readonly fingerprint: string };
  readonly "server-log-keys": OfServer & { readonly logKeys: readonly string[] };
  readonly "server-officers": OfServer & { readonly officers: readonly string[] };
  readonly "server-contact": Of<"contact">;
  readonly "server-maintenance": OfServer & {
    readonly maintenance: NonNullable<RegisteredServer["maintenance"]>;
  };
  readonly "server-suspend": OfServer & Reasoned;
  readonly "server-resume": OfServer & Reasoned;
  /** `as` is its name from then on, which has the new owner's. */
  readonly "server-owner": Of<"owner"> & { readonly as: ServerId };
  readonly "server-remove": OfServer;
  /** `handOver`: what the owner of the server says at which it was before, a compact JWS. */
  readonly "client-add": ClientAtServer & { readonly handOver?: string };
  readonly "client-remove": ClientAtServer;
}

export type ChangeKind = keyof Stated;

/** A change of one kind. */
export type ChangeOf<Kind extends ChangeKind> = { readonly kind: Kind } & Stated[Kind];

/** What a registration request asks for; a request has several, which are made together. */
export type Change = { [Kind in ChangeKind]: ChangeOf<Kind> }[ChangeKind];
