import schema from "../../../../schemas/permission/consent-block-v1.schema.json" with { type: "json" };
import serviceSchema from "../../../../schemas/permission/service-v1.schema.json" with { type: "json" };
import documentSchema from "../../../../schemas/permission/v1.schema.json" with { type: "json" };
import { isVisibleTo } from "../../../catalogue/visibility.ts";
import { matchEndpoint, parseEndpointTemplate } from "../../../core/endpoint-template.ts";
import { SealwayError } from "../../../core/errors.ts";
import { memberOf, providerOf } from "../../../core/ids.ts";
import { type OwnSchema, ownSchema } from "../../../core/own-schema.ts";
import { isUuidV7 } from "../../../core/uuid.ts";
import { type Permission, partiesOf, readPermission } from "../../../policy/permissions/permission.ts";
import type { PermissionListing } from "../../../policy/permissions/permission-store.ts";
import { serializeText, textDigest } from "../../../policy/permissions/permission-text.ts";
import { viewerOf } from "../../catalogue-viewer.ts";
import type { GatewayServices } from "../../gateway-services.ts";
import { askPerson } from "../../permissions/ask-person.ts";
import type { AskedPermission } from "../../permissions/asked-terms.ts";
import type { HeldPermission } from "../../permissions/permission-book.ts";
import type { NamedPerson } from "../../permissions/permission-secret.ts";
import { actForPerson, permissionOfPerson, textOfAct } from "../../permissions/personal-acts.ts";
import { portalAddress } from "../../permissions/told-permission.ts";
import { DenialError } from "../../problem.ts";
import type { ServiceAnswer } from "../../service-client.ts";
import { type BuiltInCall, jsonAnswer } from "../built-in-client.ts";
import { readBody } from "../read-body.ts";
import { type ConsentAct, type ConsentCaller, consentPaths } from "./consent-paths.ts";
import {
  type AgreedPurpose,
  agreedPurpose,
  agreedPurposes,
  consentRecord,
  dataAgreement,
  dataAgreementId,
  revision,
  signature,
} from "./consent-resources.ts";

interface ConsentCall extends BuiltInCall {
  readonly services: GatewayServices;
  /** The `{id}` of the path. */
  readonly id: string;
}

type Handler = (call: ConsentCall) => Promise<object>;

const handlers: Readonly<Record<ConsentAct, Handler>> = {
  showAgreement,
  listAgreements,
  listOwn,
  showOwn,
  ask,
  listOfPerson,
  listOfAgreement,
  draft,
  sign,
  optOut,
  listAll: (call) => listed(call, {}),
  showAll,
};

const matched = consentPaths.map((path) => ({ ...path, template: parseEndpointTemplate(path.path) }));

/** Answers a call of these paths; undefined for one of another path. @throws SealwayError, DenialError */
export async function answerConsentBlock(
  services: GatewayServices,
  call: BuiltInCall,
): Promise<ServiceAnswer | undefined> {
  for (const { method, caller, act, template } of matched) {
    const parameters = method === call.method ? matchEndpoint(template, call.path) : undefined;
    if (parameters === undefined) continue;
    checkCaller(services, call, caller);
    const id = decodeURIComponent(parameters.get("id") ?? "");
    return jsonAnswer(200, await handlers[act]({ ...call, services, id }));
  }
  return undefined;
}

function checkCaller(
  { permissionSettings }: GatewayServices,
  { client, subsystem }: BuiltInCall,
  caller: ConsentCaller,
) {
  const may = {
    party: true,
    portal: permissionSettings.portals.has(client),
    discloser: client === subsystem,
  } as const satisfies Record<ConsentCaller, boolean>;
  if (!may[caller])
    throw new DenialError(
      "access_denied",
      "builtin.caller",
      "the path is for portals, or for the subsystem's own systems",
    );
}

async function showAgreement(call: ConsentCall): Promise<object> {
  return { dataAgreement: dataAgreement(purposeAsked(call), call.services.trust()) };
}

function purposeAsked({ services, client, subsystem, id }: ConsentCall): AgreedPurpose {
  return agreedPurpose(services.trust(), viewerOf(services, client), subsystem, id);
}

async function listAgreements({ services, client, subsystem }: ConsentCall): Promise<object> {
  const trust = services.trust();
  const viewer = viewerOf(services, client);
  const seen = [...trust.catalogue.services()].filter(
    ({ id, document }) => providerOf(id) === subsystem && isVisibleTo(document, viewer),
  );
  return { dataAgreements: agreedPurposes(seen).map((one) => dataAgreement(one, trust)) };
}

function listOwn(call: ConsentCall): Promise<object> {
  return listed(call, call.client === call.subsystem ? {} : { consumer: call.client });
}

async function listOfPerson(call: ConsentCall): Promise<object> {
  return listed(call, { person: await tagOf(call) });
}

async function listOfAgreement(call: ConsentCall): Promise<object> {
  const { id } = call;
  return listed(call, { person: await tagOf(call) }, (permission) => dataAgreementId(permission) === id);
}

function tagOf(call: ConsentCall): Promise<Buffer> {
  return call.services.permissions.tagOf(memberOf(call.subsystem), individual(call));
}

/** Longest page, and how long one is unless the call says. */
const mostListed = 100;
const usualPage = 50;

/** Newest first; `before` is the id with which the page before ended. GovStack counts offsets, which move as records come. */
async function listed(
  { services, subsystem, query }: ConsentCall,
  of: Partial<PermissionListing>,
  isWanted: (permission: Permission) => boolean = () => true,
): Promise<object> {
  const { clock, permissions } = services;
  const parameters = new URLSearchParams(query);
  const before = parameters.get("before") ?? undefined;
  const limit = Number(parameters.get("limit") ?? usualPage);
  const isRight = Number.isSafeInteger(limit) && limit > 0 && limit <= mostListed;
  if (!isRight || parameters.has("offset") || (before !== undefined && !isUuidV7(before)))
    throw new SealwayError("bad_request", `limit is 1 to ${mostListed}, before an id; there is no offset`);
  const behind = before === undefined ? {} : { before };
  const found = await permissions.store.list({ provider: subsystem, limit: limit + 1, ...behind, ...of });
  const page = found.slice(0, limit);
  const wanted = page.filter(({ document }) => isWanted(readPermission(document)));
  const records = await Promise.all(
    wanted.map(async ({ document, statement }) => {
      const permission = readPermission(document);
      const now = await permissions.current(permission);
      const newest = now === permission ? statement : (await permissions.store.byId(now.id))!.statement;
      return consentRecord(now, newest, clock.now());
    }),
  );
  return { consentRecords: records, next: found.length > limit ? (page.at(-1)?.id ?? null) : null };
}

async function showOwn({ services, client, subsystem, id }: ConsentCall): Promise<object> {
  const held = isUuidV7(id) ? await services.permissions.held(id) : undefined;
  const parties = held && partiesOf(held.permission);
  const isParty = parties?.discloser === subsystem && [parties.recipient, subsystem].includes(client);
  if (held === undefined || !isParty)
    throw new SealwayError("not_found", "the caller has no such consent record");
  return told(services, held);
}

async function showAll({ services, subsystem, id }: ConsentCall): Promise<object> {
  const stored = isUuidV7(id) ? await services.permissions.store.revisions(id) : [];
  const last = stored.at(-1);
  if (last === undefined || last.provider !== subsystem)
    throw new SealwayError("not_found", "there is no such record");
  const permission = readPermission(last.document);
  return {
    consentRecord: consentRecord(permission, last.statement, services.clock.now()),
    revisions: stored.map(({ document, signed }) => revision(readPermission(document), signed)),
    signatures: stored.map(({ document, signed }) => signature(readPermission(document), signed)),
  };
}

function told({ clock }: GatewayServices, { permission, signed }: HeldPermission): object {
  const own = signature(permission, signed) as { readonly id: string };
  return {
    consentRecord: consentRecord(permission, own.id, clock.now()),
    revision: revision(permission, signed),
    signature: own,
  };
}

interface Asked extends Pick<AskedPermission, "days" | "fields" | "limits"> {
  readonly individual: { readonly externalId: string; readonly externalIdType: string };
}

/** A consumer asks a person: the record is unsigned until the person signs at a portal. */
async function ask(call: ConsentCall): Promise<object> {
  const { services, client, subsystem, body } = call;
  const { description, purpose } = purposeAsked(call);
  const { individual: who, ...terms } = readBody(body, isAsked);
  const person = { scheme: who.externalIdType, value: who.externalId };
  const asked = { ...terms, service: description.id, purpose: purpose.id, person };
  const held = await askPerson(services, { asker: client, discloser: subsystem }, asked);
  return { ...told(services, held), url: portalAddress(services, held.permission) };
}

/** A blank signature: the text that the person is to read, and its digest, for which the person signs in. */
async function draft(call: ConsentCall): Promise<object> {
  const { services, subsystem, id, body } = call;
  const { to } = body.length === 0 ? {} : readBody(body, isDraft);
  const held = await permissionOfPerson(services, subsystem, id, individual(call));
  const act = held.permission.state === "active" ? "extend" : "give";
  const text = textOfAct(services, held, { act, to, acting: undefined });
  return {
    signature: {
      payload: serializeText(text),
      verificationMethod: "OpenID Connect ID token",
      verificationHash: textDigest(text),
      objectType: "revision",
      objectReference: held.permission.id,
    },
    revision: held.permission.revision,
  };
}

interface Signed {
  readonly token: string;
  readonly revision: number;
  readonly to?: number;
}

async function sign(call: ConsentCall): Promise<object> {
  const { services, subsystem, id, body } = call;
  const { signature: given, ...asked } = readBody(body, isSigned);
  const act = asked.to === undefined ? "give" : "extend";
  const signed: Signed & { act: "give" | "extend" } = { ...asked, act, token: given };
  const named = { permission: id, person: individual(call) };
  return told(services, await actForPerson(services, subsystem, { ...signed, ...named }));
}

/** Declines what waits, withdraws what is given. */
async function optOut(call: ConsentCall): Promise<object> {
  const { services, subsystem, id, body } = call;
  const { signature: token, revision: seen } = readBody(body, isOptOut);
  const person = individual(call);
  const held = await permissionOfPerson(services, subsystem, id, person);
  const act = held.permission.state === "requested" ? "decline" : "withdraw";
  const signed = { act, permission: id, revision: seen, person, token } as const;
  return told(services, await actForPerson(services, subsystem, signed));
}

/** Who is signed in at the portal: `X-Road-UserId`, by the scheme that is configured for it. */
function individual({ services, client, userId }: ConsentCall): NamedPerson {
  const scheme = services.permissionSettings.portals.get(client) ?? "";
  const value = userId === undefined ? undefined : services.trust().vocabulary.normalise(scheme, userId);
  if (value === undefined)
    throw new SealwayError("subject_malformed", "X-Road-UserId is no identifier of the portal's scheme");
  return { scheme, value };
}

const isAsked = schemaOf<Asked>("request");
const isDraft = schemaOf<{ readonly to?: number }>("draft");
const isSigned = schemaOf<{ readonly signature: string; readonly revision: number; readonly to?: number }>(
  "signature",
);
const isOptOut = schemaOf<{ readonly signature: string; readonly revision: number; readonly optIn: false }>(
  "optOut",
);

function schemaOf<Shape>(name: keyof typeof schema.$defs): OwnSchema<Shape> {
  const $ref = `${schema.$id}#/$defs/${name}`;
  return ownSchema<Shape>(
    { $ref },
    { allowUnionTypes: true, schemas: [schema, serviceSchema, documentSchema] },
  );
}
