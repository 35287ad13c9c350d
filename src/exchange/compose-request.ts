import type { KeyObject } from "node:crypto";
import { headerText } from "../core/bytes.ts";
import { commit } from "../message/commitment.ts";
import type { ExchangeDocument } from "../message/exchange-document.ts";
import type { Openings } from "../message/openings.ts";
import type { Agreement } from "../policy/agreement.ts";
import { permissionScheme } from "../policy/permissions/permission.ts";
import { decisionUseOf, type Purpose } from "../policy/purpose.ts";
import type { ConsumerExchange } from "./consumer-exchange.ts";
import type { MemberSeal } from "./gateway-services.ts";
import type { AskedFor } from "./judge-request.ts";
import { givenFor } from "./permissions/given-for.ts";

/** The schemes of values that the caller asserts and nobody checks. */
const userScheme = "urn:x-road:user-id";
const caseScheme = "urn:x-road:issue";
const emergencyScheme = "urn:sealway:scheme:emergency-reason";

/** Longer than the service may take, so that its fault arrives before the consumer gives up. */
const deadlineMargin = 2_000;

/** The signed account of a request, and what opens its commitments. */
export function composeRequest(
  x: ConsumerExchange,
  seal: MemberSeal,
  now: number,
): { readonly document: ExchangeDocument; readonly openings: Openings } {
  const { description, endpoint, headers, services, target, trust } = x;
  const { caseReference, emergency, permission, subjects, user, openings } = commitPersons(
    x,
    seal.commitmentKey,
  );
  const asked = askedFor(x);
  const document: ExchangeDocument = {
    about: x.about,
    agreement: asked.agreement,
    caseReference,
    client: x.client,
    configuration: { sha256: trust.configuration.sha256, version: trust.configuration.version },
    contentKind: null,
    conversation: x.id,
    deadline: now + (description?.timeoutMs ?? 0) + deadlineMargin,
    decision: null,
    decisionUse: asked.decisionUse,
    emergency,
    endpoint: endpoint === undefined ? null : { method: x.call.method, template: endpoint.template.text },
    external: null,
    fault: null,
    from: services.self,
    id: x.id,
    instance: trust.configuration.parameters.instance,
    lawfulBasis: asked.lawfulBasis,
    permission,
    purpose: asked.purpose,
    purposeSource: asked.purposeSource,
    queryId: x.publicQueryId,
    representedParty: headers.representedParty,
    request: null,
    rules: null,
    service: {
      id: target.service,
      sha256: description?.sha256 ?? null,
      version: description?.version ?? null,
    },
    signerRole: "member",
    subjectCount: subjects.length,
    subjects,
    to: x.to?.id ?? services.self,
    ts: now,
    type: "request",
    user,
    v: 1,
  };
  return { document, openings };
}

/** Why and by what terms it is asked, as the request says it, and a dry run of it. */
export function askedFor({ agreement, headers, purpose: found }: ConsumerExchange): AskedFor {
  const { purpose = null, source = null } = found ?? {};
  return {
    agreement: agreement === null ? null : reference(agreement),
    decisionUse: decisionUseOf(purpose, headers.decisionUse),
    lawfulBasis: purpose?.recordedBasis ?? null,
    purpose: purpose === null ? null : reference(purpose),
    purposeSource: source,
  };
}

/** A document in force, as records refer to it. */
export function reference({ id, revision, sha256 }: Agreement | Purpose): ExchangeDocument["agreement"] {
  return { id, revision, sha256 };
}

interface CommittedPersons
  extends Pick<ExchangeDocument, "caseReference" | "emergency" | "permission" | "subjects" | "user"> {
  readonly openings: Openings;
}

function commitPersons(x: ConsumerExchange, key: KeyObject): CommittedPersons {
  const { headers, id, subjects } = x;
  const { userId, caseReference } = headers;
  // Of a message the one by which it is sent, whether its sender named it or not.
  const named = givenFor(x)?.id ?? headers.permission;
  const found = subjects.map(({ role, scheme, value }, i) => {
    const { commitment, opening } = commit(key, id, "subject", i, scheme, value);
    return { subject: { c: commitment.c, role, scheme }, opening };
  });
  const user = userId === null ? null : commit(key, id, "user", 0, userScheme, headerText(userId));
  const issue =
    caseReference === null
      ? null
      : commit(key, id, "caseReference", 0, caseScheme, headerText(caseReference));
  const emergency =
    headers.emergency === null ? null : commit(key, id, "emergency", 0, emergencyScheme, headers.emergency);
  const permission = named === null ? null : commit(key, id, "permission", 0, permissionScheme, named);
  return {
    caseReference: issue?.commitment ?? null,
    emergency: emergency && { reason: emergency.commitment },
    permission: permission?.commitment ?? null,
    subjects: found.map(({ subject }) => subject),
    user: user && { assurance: { kind: "asserted", level: null, method: null }, ...user.commitment },
    openings: {
      subjects: found.map(({ opening }) => opening),
      user: user?.opening ?? null,
      caseReference: issue?.opening ?? null,
      permission: permission?.opening ?? null,
      ...(emergency !== null && { emergency: emergency.opening }),
    },
  };
}
