import { asBuffer } from "../core/bytes.ts";
import { asSealwayError, SealwayError } from "../core/errors.ts";
import { type ClientId, type ExchangeId, encodePart, parseClientId, unsafeId } from "../core/ids.ts";
import { isUuidV7 } from "../core/uuid.ts";
import { isPublicQueryId } from "../message/agreement-with-head.ts";
import { keepAccess } from "../messagelog/access-record.ts";
import { ownSubsystem } from "../messagelog/desk/find-parts.ts";
import type { Disclosure } from "../messagelog/evidence/evidence-package-collect.ts";
import { BodyInMemory } from "./body-in-memory.ts";
import type { WantedEvidence } from "./builtin/evidence-desk.ts";
import { bearerTokenOf, headerLines, requiredClient, statedClient, uniqueHeaders } from "./call-headers.ts";
import { checkClient } from "./check-client.ts";
import { checkSeal } from "./check-seal.ts";
import type { Reply } from "./consume.ts";
import type { InformationSystemCall } from "./consumer-exchange.ts";
import type { GatewayServices, MemberSeal } from "./gateway-services.ts";
import { problemOf } from "./problem.ts";

/*
 * The download of evidence: an information system gets the proof of the exchanges of its own subsystem, on either side,
 * and of nobody else's. It proves who it is as for any call; an exchange that is not there and one that is another's
 * are the same answer. Each download is recorded.
 */

const ownPath = /^\/evidence\/([^/?]*)$/;
const asicPath = /^\/asic\?(.*)$/s;

/** Whether a raw target asks for evidence. */
export function isEvidenceTarget(target: string): boolean {
  return /^\/(?:evidence|asic)(?:[/?]|$)/.test(target);
}

/** Answers `GET /evidence/{exchange id}` and X-Road's `GET /asic?…`; never throws. */
export async function downloadEvidence(
  services: GatewayServices,
  call: InformationSystemCall,
): Promise<Reply> {
  let client: ClientId | null = null;
  try {
    const question = parseQuestion(call);
    const trust = services.trust();
    const { connection } = call;
    const seal = checkClient(services, trust, { ...question, connection });
    client = question.client;
    checkSeal(services, trust, seal);
    const wanted = await findWanted(services, question);
    const packed = await services.evidence.pack(wanted);
    if (packed.outcome === "not-sealed")
      throw new SealwayError("evidence_pending", "the exchange waits for its time-stamp");
    if (packed.outcome !== "packed") throw notFound();
    await record(services, seal, client, wanted);
    return packageReply(wanted, asBuffer(packed.bytes));
  } catch (thrown) {
    const error = asSealwayError(thrown);
    const problem = problemOf(error, "consumer", null);
    return { kind: "problem", problem, queryId: null, error, client };
  }
}

interface Question {
  readonly client: ClientId;
  readonly bearerToken: string | null;
  readonly by: { readonly exchangeId: string } | { readonly queryId: string; readonly unique: boolean };
  readonly only: Disclosure["only"];
}

function parseQuestion({ method, target, rawHeaders }: InformationSystemCall): Question {
  if (method !== "GET") throw new SealwayError("invalid_http_method", "evidence is fetched by GET");
  const headers = uniqueHeaders(headerLines(rawHeaders));
  const bearerToken = bearerTokenOf(headers);
  const exchangeId = ownPath.exec(target)?.[1];
  if (exchangeId !== undefined) {
    return {
      client: parseClientId(requiredClient(headers)),
      bearerToken,
      by: { exchangeId },
      only: undefined,
    };
  }
  const query = asicPath.exec(target)?.[1];
  if (query === undefined) throw notFound();
  const asked = parseAsicQuery(query);
  const stated = statedClient(headers);
  if (stated !== undefined && parseClientId(stated) !== asked.client)
    throw new SealwayError("bad_request", "X-Road-Client and the parameters name different clients");
  return { ...asked, bearerToken };
}

const nameParameters = ["xRoadInstance", "memberClass", "memberCode", "subsystemCode"] as const;
const asicParameters: ReadonlySet<string> = new Set([
  ...nameParameters,
  ...["queryId", "requestOnly", "responseOnly", "unique"],
]);

/** X-Road's parameters; `force`, a download without time-stamp, would be a proof of nothing. */
function parseAsicQuery(query: string): Omit<Question, "bearerToken"> {
  const given = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (!asicParameters.has(name) || given.has(name))
      throw new SealwayError(
        "bad_request",
        `the parameters are ${[...asicParameters].join(", ")}, each once`,
      );
    given.set(name, value);
  }
  const only = given.has("requestOnly") ? "request" : given.has("responseOnly") ? "answer" : undefined;
  if (only === "request" && given.has("responseOnly"))
    throw new SealwayError("bad_request", "requestOnly and responseOnly exclude each other");
  const queryId = given.get("queryId");
  if (queryId === undefined) throw new SealwayError("bad_request", "queryId is missing");
  const names = nameParameters.map((name) => given.get(name)).filter((name) => name !== undefined);
  const client = parseClientId(names.map(encodePart).join("/"));
  return { client, by: { queryId, unique: given.has("unique") }, only };
}

async function findWanted(
  { evidence }: GatewayServices,
  { client, by, only }: Question,
): Promise<WantedEvidence[]> {
  const ids = "exchangeId" in by ? [by.exchangeId] : await idsOf(evidence, client, by.queryId);
  const wanted: WantedEvidence[] = [];
  for (const exchangeId of ids) {
    const parts = isUuidV7(exchangeId) ? await evidence.parts(exchangeId) : [];
    const part = parts.find((one) => ownSubsystem(one) === client);
    if (part === undefined) continue;
    const whose = { role: part.role, client: part.client };
    wanted.push({ exchangeId, disclosure: { ...whose, heads: "shown", bodies: "shown", only } });
  }
  if (wanted.length === 0) throw notFound();
  if ("queryId" in by && by.unique && wanted.length > 1) {
    const detail = `${wanted.length} exchanges have this query id: ask for one by /evidence/{exchange id}`;
    throw new SealwayError("bad_request", detail);
  }
  return wanted;
}

async function idsOf(
  evidence: GatewayServices["evidence"],
  client: ClientId,
  queryId: string,
): Promise<readonly string[]> {
  return isPublicQueryId(queryId) ? evidence.ofQueryId(client, queryId) : [];
}

async function record(
  { log, clock, trust }: GatewayServices,
  seal: MemberSeal,
  client: ClientId,
  wanted: readonly WantedEvidence[],
): Promise<void> {
  await keepAccess(log, seal.signer, {
    instance: trust().configuration.parameters.instance,
    time: clock.now(),
    who: client,
    why: "download of its own evidence",
    what: wanted.map(({ exchangeId }) => exchangeId),
  });
}

function packageReply(wanted: readonly WantedEvidence[], bytes: Buffer): Reply {
  const [{ exchangeId }] = wanted as [WantedEvidence];
  const name = wanted.length === 1 ? `${exchangeId}.zip` : "evidence.zip";
  return {
    kind: "answer",
    exchangeId: unsafeId<ExchangeId>(exchangeId),
    serviceVersion: null,
    status: 200,
    reason: "OK",
    headers: [
      ["Content-Type", "application/zip"],
      ["Content-Disposition", `attachment; filename="${name}"`],
      ["Cache-Control", "no-store"],
      ["X-Content-Type-Options", "nosniff"],
    ],
    body: new BodyInMemory(bytes, "sha256"),
  };
}

function notFound(): SealwayError {
  return new SealwayError("not_found", "no exchange of this subsystem has this id");
}
