import { type ClientId, type MemberId, memberOf, providerOf, type ServerId } from "../core/ids.ts";
import type {
  ExchangeAccount,
  ExchangeEnd,
  ExchangeOutcome,
  ExchangeRole,
} from "../exchange/exchange-monitor.ts";

/** What is kept of an exchange: one line of JSON in a file. */
export interface MonitoringRow extends ExchangeAccount {
  /** When it was kept, seconds since the epoch: not smaller than in the row before. */
  readonly at: number;
  readonly role: ExchangeRole;
  readonly outcome: ExchangeOutcome;
  readonly code: string | null;
}

/** Who asks for rows: a client that has proved who it is, or the server's owner. */
export interface Asker {
  readonly client: ClientId;
  readonly owner: MemberId;
}

/** The row of an exchange; null for a stranger's call, of which nothing is kept. */
export function rowOf({ role, outcome, code, account }: ExchangeEnd, at: number): MonitoringRow | null {
  return account === null ? null : { at, role, outcome, code, ...account };
}

/** What an asker sees of a row. Owners see that exchanges happened, of other members' not what they came to. */
export type Sight = "whole" | "without-answer" | "nothing";

/**
 * Whether an asker may see a row: a client sees the exchanges that it asked or answered, and the server's owner (as a
 * member, not as one of its subsystems) sees all. What depends on the person asked about, status and length of the
 * answer, is for the two parties alone: their subsystems, and an owner that is itself the member of one.
 */
export function sightOf({ client, service }: Pick<MonitoringRow, "client" | "service">, asker: Asker): Sight {
  const provider = service === null ? null : providerOf(service.id);
  if (asker.client === client || asker.client === provider) return "whole";
  if ((asker.client as string) !== asker.owner) return "nothing";
  const isOwnersParty =
    memberOf(client) === asker.owner || (provider !== null && memberOf(provider) === asker.owner);
  return isOwnersParty ? "whole" : "without-answer";
}

/** What is the same in all rows of a server. */
export interface RowSurroundings {
  readonly internalAddress: string;
  readonly version: string;
  /** The first address of a server in the configuration in force. */
  addressOf(server: ServerId): string | undefined;
}

/**
 * A row in the words of X-Road's operational monitoring, and ours where it has none. What it has and this leaves out
 * may name a person: messageUserId, messageIssue, representedParty, restPath (the template of the endpoint stands for
 * it) and faultString.
 */
export function toOperationalData(
  row: MonitoringRow,
  sight: Exclude<Sight, "nothing">,
  around: RowSurroundings,
) {
  const { service, endpoint, trace } = row;
  const isWhole = sight === "whole";
  return {
    monitoringDataTs: row.at,
    securityServerInternalIp: around.internalAddress,
    securityServerType: row.role === "consumer" ? "Client" : "Producer",
    requestInTs: row.requestIn,
    requestOutTs: row.requestOut ?? undefined,
    responseInTs: row.responseIn ?? undefined,
    responseOutTs: row.responseOut,
    ...partsOf(row.client, clientNames),
    ...(service !== null && partsOf(service.id, serviceNames)),
    serviceVersion: service?.version,
    serviceType: service === null ? undefined : "REST",
    restMethod: endpoint?.method,
    restPath: endpoint?.template,
    messageId: row.messageId ?? undefined,
    messageProtocolVersion: "1",
    xRequestId: row.exchangeId,
    clientSecurityServerAddress: around.addressOf(row.clientServer),
    serviceSecurityServerAddress:
      row.serviceServer === null ? undefined : around.addressOf(row.serviceServer),
    requestSize: row.requestBytes ?? 0,
    responseSize: isWhole ? (row.responseBytes ?? undefined) : undefined,
    succeeded: row.outcome === "answered",
    statusCode: isWhole ? (row.status ?? undefined) : undefined,
    faultCode: row.code ?? undefined,
    xRoadVersion: around.version,
    outcome: row.outcome,
    traceId: trace?.traceId,
    spanId: trace?.spanId,
  };
}

const clientNames = ["clientXRoadInstance", "clientMemberClass", "clientMemberCode", "clientSubsystemCode"];
const serviceNames = [
  ...["serviceXRoadInstance", "serviceMemberClass", "serviceMemberCode", "serviceSubsystemCode"],
  "serviceCode",
];

/** Each part of an identifier by its name, as it reads. */
function partsOf(id: string, names: readonly string[]): Record<string, string> {
  const parts = id.split("/").map(decodeURIComponent);
  return Object.fromEntries(parts.map((part, i) => [names[i] as string, part]));
}
