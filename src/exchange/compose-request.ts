import type { KeyObject } from "node:crypto";
import { headerText } from "../core/bytes.ts";
import { commit } from "../message/commitment.ts";
import type { ExchangeDocument } from "../message/exchange-document.ts";
import type { Openings } from "../message/openings.ts";
import type { Agreement } from "../policy/agreement.ts";
import type { Purpose } from "../policy/purpose.ts";
import type { ConsumerExchange } from "./consumer-exchange.ts";
import type { MemberSeal } from "./gateway-services.ts";

/** The schemes of values that the caller asserts and nobody checks. */
const userScheme = "urn:x-road:user-id";
const caseScheme = "urn:x-road:issue";

/** Longer than the service may take, so that its fault arrives before the consumer gives up. */
const deadlineMargin = 2_000;

/** The signed account of a request, and what opens its commitments. */
export function composeRequest(
  x: ConsumerExchange,
  seal: MemberSeal,
  now: number,
): { readonly document: ExchangeDocument; readonly openings: Openings } {
  const { agreement, description, endpoint, headers, services, target, trust } = x;
  const { caseReference, subjects, user, openings } = commitPersons(x, seal.commitmentKey);
  const document: ExchangeDocument = {
    about: null,
    agreement: agreement === null ? null : reference(agreement),
    caseReference,
    client: x.client,
    configuration: { sha256: trust.configuration.sha256, version: trust.configuration.version },
    contentKind: null,
    conversation: x.id,
    deadline: now + (description?.timeoutMs ?? 0) + deadlineMargin,
    decision: null,
    decisionUse: headers.decisionUse,
    emergency: null,
    endpoint: endpoint === undefined ? null : { method: x.call.method, template: endpoint.template.text },
    external: null,
    fault: null,
    from: services.self,
    id: x.id,
    instance: trust.configuration.parameters.instance,
    lawfulBasis: null,
    permission: null,
    purpose: x.purpose === null ? null : reference(x.purpose.purpose),
    purposeSource: x.purpose?.source ?? null,
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

/** A document in force, as records refer to it. */
export function reference({ id, revision, sha256 }: Agreement | Purpose): ExchangeDocument["agreement"] {
  return { id, revision, sha256 };
}

interface CommittedPersons extends Pick<ExchangeDocument, "caseReference" | "subjects" | "user"> {
  readonly openings: Openings;
}

function commitPersons({ headers, id, subjects }: ConsumerExchange, key: KeyObject): CommittedPersons {
  const { userId, caseReference } = headers;
  const found = subjects.map(({ role, scheme, value }, i) => {
    const { commitment, opening } = commit(key, id, "subject", i, scheme, value);
    return { subject: { c: commitment.c, role, scheme }, opening };
  });
  const user = userId === null ? null : commit(key, id, "user", 0, userScheme, headerText(userId));
  const issue =
    caseReference === null
      ? null
      : commit(key, id, "caseReference", 0, caseScheme, headerText(caseReference));
  return {
    caseReference: issue?.commitment ?? null,
    subjects: found.map(({ subject }) => subject),
    user: user && { assurance: { kind: "asserted", level: null, method: null }, ...user.commitment },
    openings: {
      subjects: found.map(({ opening }) => opening),
      user: user?.opening ?? null,
      caseReference: issue?.opening ?? null,
      permission: null,
    },
  };
}
