import type { KeyObject } from "node:crypto";
import { isPublicQueryId } from "../message/agreement-with-head.ts";
import { commit } from "../message/commitment.ts";
import type { ExchangeDocument } from "../message/exchange-document.ts";
import type { Openings } from "../message/openings.ts";
import type { Agreement } from "../policy/agreement.ts";
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
  const { headers, services, target, trust } = x;
  const persons = commitPersons(x, seal.commitmentKey);
  const document: ExchangeDocument = {
    about: null,
    agreement: x.agreement === null ? null : reference(x.agreement),
    caseReference: persons.caseReference?.commitment ?? null,
    client: x.client,
    configuration: { sha256: trust.configuration.sha256, version: trust.configuration.version },
    contentKind: null,
    conversation: x.id,
    deadline: now + (x.description?.timeoutMs ?? 0) + deadlineMargin,
    decision: null,
    decisionUse: headers.decisionUse,
    emergency: null,
    endpoint: x.endpoint === undefined ? null : { method: x.call.method, template: x.endpoint.template.text },
    external: null,
    fault: null,
    from: services.self,
    id: x.id,
    instance: trust.configuration.parameters.instance,
    lawfulBasis: null,
    permission: null,
    purpose: null,
    purposeSource: null,
    queryId: isPublicQueryId(headers.queryId) ? headers.queryId : null,
    representedParty: headers.representedParty,
    request: null,
    rules: null,
    service: {
      id: target.service,
      sha256: x.description?.sha256 ?? null,
      version: x.description?.version ?? null,
    },
    signerRole: "member",
    subjectCount: persons.subjects.length,
    subjects: persons.subjects.map(({ commitment, role }) => ({
      c: commitment.c,
      role,
      scheme: commitment.scheme,
    })),
    to: x.to?.id ?? services.self,
    ts: now,
    type: "request",
    user:
      persons.user === null
        ? null
        : {
            assurance: { kind: "asserted", level: null, method: null },
            c: persons.user.commitment.c,
            scheme: persons.user.commitment.scheme,
          },
    v: 1,
  };
  const openings = {
    subjects: persons.subjects.map(({ opening }) => opening),
    user: persons.user?.opening ?? null,
    caseReference: persons.caseReference?.opening ?? null,
    permission: null,
  };
  return { document, openings };
}

/** A document in force, as records refer to it. */
export function reference({ id, revision, sha256 }: Agreement): ExchangeDocument["agreement"] {
  return { id, revision, sha256 };
}

function commitPersons(x: ConsumerExchange, key: KeyObject) {
  const { userId, caseReference } = x.headers;
  return {
    subjects: x.subjects.map(({ role, scheme, value }, i) => ({
      role,
      ...commit(key, x.id, "subject", i, scheme, value),
    })),
    user: userId === null ? null : commit(key, x.id, "user", 0, userScheme, userId.trim()),
    caseReference:
      caseReference === null ? null : commit(key, x.id, "caseReference", 0, caseScheme, caseReference.trim()),
  };
}
