import type { ExchangeAccount, ExchangeName, ExchangeSide, ToldDecision } from "../../admin/exchange-desk.ts";
import { parseServiceDescription, type ServiceDescription } from "../../catalogue/service-description.ts";
import { SealwayError } from "../../core/errors.ts";
import { type ClientId, parseClientId } from "../../core/ids.ts";
import { type ExchangeDocument, parseExchange } from "../../message/exchange-document.ts";
import type { EvidenceReader, RecordEvidence } from "../../messagelog/evidence-reader.ts";
import type { ContextKind } from "../../messagelog/message-record.ts";
import type { LogReader, StoredRecord } from "../../messagelog/message-store.ts";
import { type Agreement, parseAgreement } from "../../policy/agreement.ts";
import { descriptionsOf } from "../../tracker/kept-descriptions.ts";
import { basisOf } from "../../tracker/read-use.ts";
import { recordedTrace } from "./recorded-decision.ts";
import { toldMessage } from "./told-message.ts";

/**
 * What records tell of an exchange, without a person; undefined where there are none.
 * @param reader of the records that whoever asks may know of
 */
export async function exchangeAccount(
  reader: EvidenceReader,
  name: ExchangeName,
): Promise<ExchangeAccount | undefined> {
  const found = exchangeNamed(await reader.log.find(name.exchange), name);
  const records: RecordEvidence[] = [];
  for (const record of found.records) records.push(await reader.evidenceOf(record));
  const requested = records.find(({ record }) => record.type === "request");
  const answered = records.findLast(({ record }) => record.type !== "request");
  const first = requested ?? answered;
  if (first === undefined) return undefined;
  const document = parseExchange(first.record.exchange);
  const answer = answered && parseExchange(answered.record.exchange);
  const description = await descriptionsOf(reader.log).describing(first.record);
  const { purpose } = document;
  const stated = description?.purposes?.find(({ id }) => id === purpose?.id);
  const basis = basisOf(document, description);
  return {
    ...whoAndWhere(document),
    service: {
      id: document.service.id,
      version: document.service.version,
      title: description?.title ?? null,
    },
    purpose: purpose && {
      ...{ id: purpose.id, revision: purpose.revision, title: stated?.title ?? null },
      source: document.purposeSource,
    },
    lawfulBasis: basis,
    openings: openingNames(document, answer),
    decision: answer?.decision
      ? await toldDecision(reader.log, document, answer, answered!.record.time)
      : null,
    fault: answer?.fault ?? null,
    sides: sidesOf(records),
    alsoUsedBy: found.others,
  };
}

/** Records of one exchange, and the consumers of others with its id. */
export function exchangeNamed(
  records: readonly StoredRecord[],
  { client }: ExchangeName,
): { readonly records: readonly StoredRecord[]; readonly others: readonly ClientId[] } {
  const clients = Map.groupBy(records, ({ exchange }) => parseExchange(exchange).client);
  const wanted = client === undefined ? [...clients.keys()][0] : parseClientId(client);
  const others = [...clients.keys()].filter((one) => one !== wanted);
  return { records: (wanted && clients.get(wanted)) ?? [], others };
}

function whoAndWhere(document: ExchangeDocument) {
  const { agreement, emergency, permission } = document;
  const isAnswer = document.request !== null;
  return {
    ...{ exchange: document.id, instance: document.instance, consumer: document.client },
    consumerServer: isAnswer ? document.to : document.from,
    providerServer: isAnswer ? document.from : document.to,
    ...{ endpoint: document.endpoint, decisionUse: document.decisionUse },
    agreement: agreement && { id: agreement.id, revision: agreement.revision },
    ...{ about: document.about, conversation: document.conversation },
    representedParty: document.representedParty,
    byPermission: permission !== null,
    emergency: emergency !== null,
    persons: document.subjectCount,
  };
}

/** A request commits to whom it is about, an answer to whom it names. */
function openingNames(first: ExchangeDocument, answer: ExchangeDocument | undefined): readonly string[] {
  const request = first.request === null ? first : undefined;
  const others = ["user", "caseReference", "permission"] as const;
  return [
    ...others.filter((name) => request?.[name] != null),
    ...(request?.subjects ?? []).map((_, i) => `subject-${i}`),
    ...(answer?.subjects ?? []).map((_, i) => `answer-${i}`),
  ];
}

async function toldDecision(
  log: Pick<LogReader, "document">,
  request: ExchangeDocument,
  { decision }: ExchangeDocument,
  answered: number,
): Promise<ToldDecision> {
  const { verdict, code, fieldsRemoved } = decision!;
  const description = await keptDescription(log, request.service.sha256);
  const agreement = await keptAgreement(log, request.agreement?.sha256);
  const trace = request.request === null ? recordedTrace({ request, answered, description, agreement }) : [];
  return { verdict, code, fieldsRemoved, trace };
}

function keptDescription(
  log: Pick<LogReader, "document">,
  digest: string | null,
): Promise<ServiceDescription | undefined> {
  // As the catalogue brings it, it is a file of the configuration.
  return kept(log, digest, ["description", "configuration"], (bytes) =>
    parseServiceDescription(bytes, digest!),
  );
}

function keptAgreement(
  log: Pick<LogReader, "document">,
  digest: string | undefined,
): Promise<Agreement | undefined> {
  return kept(log, digest, ["agreement"], parseAgreement);
}

/** Undefined for what is not kept, or was of a form that this release does not read. */
async function kept<Value>(
  log: Pick<LogReader, "document">,
  digest: string | null | undefined,
  kinds: readonly ContextKind[],
  parse: (bytes: Buffer) => Value,
): Promise<Value | undefined> {
  const document = digest == null ? undefined : await log.document(digest);
  if (document === undefined || !kinds.includes(document.kind)) return undefined;
  try {
    return parse(document.bytes);
  } catch (error) {
    if (error instanceof SealwayError) return undefined;
    throw error;
  }
}

function sidesOf(records: readonly RecordEvidence[]): ExchangeSide[] {
  return (["consumer", "provider"] as const).flatMap((role) => {
    const own = records.filter(({ record }) => record.role === role);
    const [one] = own;
    return one === undefined ? [] : [{ role, member: one.record.member, messages: own.map(toldMessage) }];
  });
}
