import type { Logger } from "pino";
import { answerAgreement } from "../exchange/builtin/answer-agreement.ts";
import { answerDecide } from "../exchange/builtin/answer-decide.ts";
import { answerEvidence, answerStatus } from "../exchange/builtin/answer-evidence.ts";
import {
  answerAllowedMethods,
  answerGetOpenApi,
  answerListMethods,
} from "../exchange/builtin/answer-metaservices.ts";
import { answerPermission } from "../exchange/builtin/answer-permission.ts";
import { answerRestriction } from "../exchange/builtin/answer-restriction.ts";
import { answerStatement } from "../exchange/builtin/answer-statement.ts";
import { type BuiltInAnswer, BuiltInClient } from "../exchange/builtin/built-in-client.ts";
import { type BuiltInCode, BuiltInSettings } from "../exchange/builtin/built-in-services.ts";
import { type HourDesk, HourStatements } from "../exchange/builtin/hour-statements.ts";
import { HourReconciler } from "../exchange/builtin/reconcile-hours.ts";
import type { GatewayServices } from "../exchange/gateway-services.ts";
import type { LogDesk } from "../messagelog/desk/log-desk.ts";
import { PairLedger } from "../messagelog/statement/pair-ledger.ts";
import { answerUsage } from "../tracker/answer-usage.ts";
import { AgreementWork } from "./agreement-work.ts";
import { Casework, type CaseworkOptions } from "./casework.ts";
import { openEvidenceDesk } from "./evidence-desk.ts";
import { Reconciliation } from "./reconciliation.ts";
import { openUsageDesk } from "./usage-desk.ts";

/** What a gateway has before it answers anything itself. */
export type PlainServices = Omit<GatewayServices, "builtIns" | "evidence">;

/** Adds what the gateway itself answers, and asks: the built-in services, and the reconciliation by one of them. */
export function addBuiltIns(
  plain: PlainServices,
  log: LogDesk,
  logger: Logger,
  { configuration, log: messageLog }: Pick<CaseworkOptions, "configuration" | "log">,
): {
  readonly services: GatewayServices;
  readonly reconciliation: Reconciliation;
  readonly agreements: AgreementWork;
  readonly casework: Casework;
} {
  const { clock, serviceClient } = plain;
  const own = () => services;
  const desk = hourDeskOf(log);
  const statements = new HourStatements(own, desk, new PairLedger());
  const agreements = new AgreementWork(own, plain.log, log, logger);
  const casework = new Casework({ configuration, services: own, log: messageLog, desk: log, logger });
  const answers = new Map<BuiltInCode, BuiltInAnswer>([
    ["allowedMethods", answerAllowedMethods(own)],
    ["getOpenAPI", answerGetOpenApi(own)],
    ["listMethods", answerListMethods(own)],
    ["sealway.agreement", answerAgreement(agreements.book)],
    ["sealway.decide", answerDecide(own)],
    ["sealway.evidence", answerEvidence(own)],
    ["sealway.restriction", answerRestriction(own)],
    ["sealway.status", answerStatus(own)],
    ["sealway.permission", answerPermission(own)],
    ["sealway.statement", answerStatement(own, statements, desk)],
    ["sealway.usage", answerUsage(own, openUsageDesk(log), configuration.portals)],
    ...casework.answers,
  ]);
  const builtIns = new BuiltInSettings(clock);
  const services: GatewayServices = {
    ...plain,
    builtIns,
    evidence: openEvidenceDesk(log, clock),
    serviceClient: new BuiltInClient(builtIns, answers, serviceClient, clock),
  };
  const reconciler = new HourReconciler(own, desk, statements);
  const reconciliation = new Reconciliation({ services, desk, statements, reconciler, logger });
  return { services, reconciliation, agreements, casework };
}

/** The log's desk as reconciliation asks it. */
export function hourDeskOf(log: LogDesk): HourDesk {
  return {
    hour: (from) => log.ask("hour", { from }),
    ranges: (question) => log.ask("ranges", question),
    entries: (question) => log.ask("entries", question),
    statedBefore: async (hour) => {
      const bytes = await log.ask("statedBefore", hour);
      return bytes && Buffer.from(bytes);
    },
    documents: async () => {
      const kinds = ["statement", "reconciliation"] as const;
      const found = await Promise.all(kinds.map((kind) => log.ask("documents", { kind })));
      return found.flat().map((document) => ({ ...document, bytes: Buffer.from(document.bytes) }));
    },
  };
}
