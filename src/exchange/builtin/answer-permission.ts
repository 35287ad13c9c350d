import schema from "../../../schemas/permission/service-v1.schema.json" with { type: "json" };
import documentSchema from "../../../schemas/permission/v1.schema.json" with { type: "json" };
import { SealwayError } from "../../core/errors.ts";
import { type ClientId, memberOf } from "../../core/ids.ts";
import { type OwnSchema, ownSchema } from "../../core/own-schema.ts";
import { isUuidV7 } from "../../core/uuid.ts";
import { type Permission, partiesOf, readPermission } from "../../policy/permissions/permission.ts";
import { type AskedAct, textDigest } from "../../policy/permissions/permission-text.ts";
import { coversElements, type Power } from "../../policy/representation/power.ts";
import type { GatewayServices } from "../gateway-services.ts";
import { askPerson } from "../permissions/ask-person.ts";
import type { AskedPermission } from "../permissions/asked-terms.ts";
import { normalisedPerson } from "../permissions/normalised-person.ts";
import type { NamedPerson } from "../permissions/permission-secret.ts";
import {
  actForPerson,
  actingFor,
  permissionOfPerson,
  type SignedAct,
  textOfAct,
} from "../permissions/personal-acts.ts";
import { portalAddress, toldText, toldToParties, toldToPerson } from "../permissions/told-permission.ts";
import { DenialError } from "../problem.ts";
import { type ClaimedRepresentative, confirmPower, livingKinds } from "../representation/acting-for.ts";
import { checkRegister, endByEvent, type PersonalEvent } from "../representation/end-by-event.ts";
import { isKeptFromRepresentatives } from "../representation/is-kept-from-representatives.ts";
import type { ServiceAnswer } from "../service-client.ts";
import { type BuiltInAnswer, type BuiltInCall, jsonAnswer } from "./built-in-client.ts";
import { answerConsentBlock } from "./consent-block/answer-consent-block.ts";
import { readBody } from "./read-body.ts";

/** How many permissions a page of a person's list has. */
const pageLength = 50;

interface AskedList {
  readonly act: "list";
  readonly person: NamedPerson;
  readonly representative?: ClaimedRepresentative;
  readonly before?: string;
}

interface AskedText {
  readonly act: "text";
  readonly of: AskedAct;
  readonly permission: string;
  readonly person: NamedPerson;
  readonly representative?: ClaimedRepresentative;
  readonly to?: number;
}

const isRequest = schemaOf<AskedPermission>("request");
const isEvent = schemaOf<PersonalEvent>("event");
const isAct = schemaOf<AskedList | AskedText | SignedAct>("act");

function schemaOf<Shape>(name: keyof typeof schema.$defs): OwnSchema<Shape> {
  const $ref = `${schema.$id}#/$defs/${name}`;
  return ownSchema<Shape>({ $ref }, { allowUnionTypes: true, schemas: [schema, documentSchema] });
}

/**
 * `sealway.permission`: a consumer asks for a permission and sees what became of it; a portal acts for the person.
 * What is not the caller's is answered as if it were not there.
 */
export function answerPermission(services: () => GatewayServices): BuiltInAnswer {
  const answers: Readonly<Record<string, (call: BuiltInCall) => Promise<ServiceAnswer>>> = {
    "/requests": (call) => ask(services(), call),
    "/acts": (call) => act(services(), call, "self"),
    "/acts/represented": (call) => act(services(), call, "represented"),
    "/events": (call) => takeEvent(services(), call),
  };
  return async (call) => {
    const own = answers[call.path];
    if (own !== undefined) return own(call);
    return (await answerConsentBlock(services(), call)) ?? show(services(), call);
  };
}

async function ask(services: GatewayServices, call: BuiltInCall): Promise<ServiceAnswer> {
  const parties = { asker: call.client, discloser: call.subsystem };
  const held = await askPerson(services, parties, readBody(call.body, isRequest));
  const { permission } = held;
  const url = portalAddress(services, permission);
  return jsonAnswer(200, { ...toldToParties(held), ...toldText(services, permission), url });
}

async function takeEvent(services: GatewayServices, call: BuiltInCall): Promise<ServiceAnswer> {
  const { event, person } = readBody(call.body, isEvent);
  checkRegister(services, call.client, person);
  await endByEvent(services, call.subsystem, { event, person: normalisedPerson(services, person) });
  return jsonAnswer(200, {});
}

async function show({ permissions }: GatewayServices, call: BuiltInCall): Promise<ServiceAnswer> {
  const id = call.path.slice(call.path.lastIndexOf("/") + 1);
  const held = isUuidV7(id) ? await permissions.held(id) : undefined;
  if (held !== undefined && isParty(call, held.permission)) return jsonAnswer(200, toldToParties(held));
  throw new SealwayError("not_found", "the caller has no permission of this id here");
}

function isParty({ client, subsystem }: BuiltInCall, permission: Permission): boolean {
  const { discloser, recipient } = partiesOf(permission);
  return discloser === subsystem && (client === recipient || client === subsystem);
}

/** @param of whom it is by the path, so that the record of who acts for whom names both */
async function act(
  services: GatewayServices,
  call: BuiltInCall,
  of: "self" | "represented",
): Promise<ServiceAnswer> {
  const { client, subsystem } = call;
  if (!services.permissionSettings.portals.has(client))
    throw new DenialError(
      "access_denied",
      "builtin.caller",
      "only a portal that the provider names acts for persons",
    );
  const { representative: claimed, ...asked } = readBody(call.body, isAct);
  if ((claimed === undefined) !== (of === "self"))
    throw new SealwayError(
      "invalid_body",
      "a representative acts by /acts/represented, and nobody else does",
    );
  const person = normalisedPerson(services, asked.person);
  const by = claimed && { ...normalisedPerson(services, claimed), source: claimed.source };
  switch (asked.act) {
    case "list": {
      const power = by && (await powerToList(services, subsystem, person, by));
      return jsonAnswer(200, await listed(services, subsystem, { ...asked, person }, power));
    }
    case "text": {
      const held = await permissionOfPerson(services, subsystem, asked.permission, person);
      const acting = await actingFor(services, held, by, "use");
      const text = textOfAct(services, held, { act: asked.of, to: asked.to, acting });
      const { revision } = held.permission;
      return jsonAnswer(200, { revision, text: text.lines, digest: textDigest(text) });
    }
    default:
      return jsonAnswer(
        200,
        toldToParties(await actForPerson(services, subsystem, signedAct(asked, person, by))),
      );
  }
}

function signedAct(
  asked: Omit<SignedAct, "representative">,
  person: NamedPerson,
  by: ClaimedRepresentative | undefined,
): SignedAct {
  return { ...asked, person, ...(by !== undefined && { representative: by }) };
}

/** Whatever it is limited to: the list has what it covers. @throws SealwayError as `confirmPower` */
async function powerToList(
  services: GatewayServices,
  client: ClientId,
  person: NamedPerson,
  by: ClaimedRepresentative,
): Promise<Power> {
  const need = { act: "permit", kinds: livingKinds, elements: [] } as const;
  return (await confirmPower(services, { client, person, by }, need, "use")).power;
}

async function listed(
  services: GatewayServices,
  provider: ClientId,
  { person, before }: AskedList,
  power: Power | undefined,
): Promise<object> {
  const { permissions } = services;
  const trust = services.trust();
  const isTold = (permission: Permission) =>
    power === undefined ||
    (coversElements(power, permission.elements) && !isKeptFromRepresentatives(trust, permission));
  const tag = await permissions.tagOf(memberOf(provider), person);
  for (let behind = before === undefined ? {} : { before }; ; ) {
    const found = await permissions.store.list({ provider, person: tag, limit: pageLength + 1, ...behind });
    const page = found.slice(0, pageLength).map(({ document }) => readPermission(document));
    const more = found.length > pageLength;
    const shown = page.filter(isTold);
    // A page on which nothing is told has nothing behind which the next one could begin.
    if (shown.length === 0 && more) {
      behind = { before: page.at(-1)!.id };
      continue;
    }
    const told = await Promise.all(
      shown.map(async (permission) => toldToPerson(services, await permissions.current(permission))),
    );
    return { permissions: told, more };
  }
}
