import type { Clock } from "../../core/clock.ts";
import { ConfigurationError } from "../../core/configuration-file.ts";
import type { ConfigurationIndex } from "../../trust/configuration-index.ts";
import { askHealth } from "../ask-health.ts";
import { takesOrders } from "../order-socket.ts";
import { withCopiedTrust } from "../read-trust.ts";
import { loadServerConfiguration, type ServerConfiguration } from "../server-configuration.ts";
import { examineFolders, examineSecrets } from "./examine-files.ts";
import { examineKeys, examineOcsp } from "./examine-keys.ts";
import { examineNode } from "./examine-node.ts";
import { examinePeers } from "./examine-peers.ts";
import { examineAlarms, examineDatabase, examineOrders, examinePorts } from "./examine-server.ts";
import { examineTime } from "./examine-time.ts";
import { examineAuthorityClock, examineRegistration, examineTrust, remedyOf } from "./examine-trust.ts";
import { broken, type Examined, type ExaminedInForce, type Finding, wordsOf } from "./finding.ts";

/** What one examination came to. */
export interface Diagnosis {
  readonly name: string;
  /** What was looked at, in words. */
  readonly title: string;
  /** `not examined`: something that it needs is broken, or does not run. */
  readonly state: "well" | "warning" | "broken" | "not examined";
  readonly findings: readonly Finding[];
}

/** Undefined where there was nothing to look at. */
type Found = readonly Finding[] | undefined;

/** An examination that needs nothing, one that needs the configuration file, and one the global configuration, too. */
type Examination = { readonly name: string; readonly title: string } & (
  | { readonly examineMachine: () => Promise<Found> }
  | { readonly examine: (x: Examined) => Promise<Found> }
  | { readonly examineInForce: (x: ExaminedInForce) => Promise<Found> }
);

/** In the order in which one is the ground of the next. */
const examinations: readonly Examination[] = [
  { name: "node", title: "Node and memory", examineMachine: examineNode },
  { name: "secrets", title: "secrets and their permissions", examine: examineSecrets },
  { name: "folders", title: "folders, permissions, disk space", examine: examineFolders },
  { name: "trust", title: "global configuration and mirrors", examine: examineTrust },
  { name: "registration", title: "registration of server and clients", examineInForce: examineRegistration },
  { name: "certificates", title: "keys and certificates", examineInForce: examineKeys },
  { name: "ocsp", title: "OCSP responders", examineInForce: examineOcsp },
  { name: "time-stamps", title: "time-stamping authorities and clock", examineInForce: examineTime },
  { name: "clock", title: "clock against the governing authority", examine: examineAuthorityClock },
  { name: "database", title: "message log", examine: examineDatabase },
  { name: "ports", title: "ports", examine: examinePorts },
  { name: "orders", title: "order socket", examine: examineOrders },
  { name: "peers", title: "peers, by mutual TLS", examineInForce: examinePeers },
  { name: "alarms", title: "alarms of the running server", examine: examineAlarms },
];

const configurationTitle = "configuration file";

/**
 * Looks at a server, beside it when it runs and without it when it does not, and changes nothing. One failure does not
 * hide the others: what can be examined is.
 * @param file the server's configuration file
 * @param tell told of each diagnosis as it is there
 */
export async function diagnose(
  file: string,
  clock: Clock,
  tell: (diagnosis: Diagnosis) => void,
): Promise<Diagnosis[]> {
  const all: Diagnosis[] = [];
  const add = (diagnosis: Diagnosis) => {
    all.push(diagnosis);
    tell(diagnosis);
  };
  const configuration = await loadServerConfiguration(file).catch((error: unknown) => error);
  const named = { name: "configuration", title: configurationTitle };
  const faults = isConfiguration(configuration) ? [] : configurationFindings(configuration);
  add({ ...named, ...stateOf(faults) });
  const x = isConfiguration(configuration) ? await examinedOf(configuration, clock) : undefined;
  for (const examination of examinations) {
    const { name, title } = examination;
    const examining = examinationOf(examination, x);
    const findings = await examining?.().catch((error: unknown) => [unexpected(title, error)]);
    add({ name, title, ...(findings === undefined ? unexamined : stateOf(findings)) });
  }
  return all;
}

const unexamined = { state: "not examined", findings: [] } as const;

function isConfiguration(value: unknown): value is ServerConfiguration {
  return !(value instanceof Error);
}

function configurationFindings(error: unknown): Finding[] {
  const why = "The server does not start.";
  if (!(error instanceof ConfigurationError))
    return [broken(wordsOf(error), why, "Name the server's file: --config FILE.")];
  return error.faults.map(({ place, problem, remedy }) => broken(`${place}: ${problem}`, why, remedy));
}

function unexpected(title: string, error: unknown): Finding {
  const why = "The server needs what this failed on.";
  const remedy = remedyOf(error, "Mend what is named above first, and run this again.");
  return broken(`${title}: ${wordsOf(error)}`, why, remedy);
}

/** @returns undefined when it needs what is not there */
function examinationOf(
  examination: Examination,
  x: Examined | undefined,
): (() => Promise<Found>) | undefined {
  if ("examineMachine" in examination) return examination.examineMachine;
  if (x === undefined) return undefined;
  if ("examine" in examination) return () => examination.examine(x);
  const { index } = x;
  return index === undefined ? undefined : () => examination.examineInForce({ ...x, index });
}

function stateOf(findings: readonly Finding[]): Pick<Diagnosis, "state" | "findings"> {
  if (findings.some(({ severity }) => severity === "broken")) return { state: "broken", findings };
  return { state: findings.length > 0 ? "warning" : "well", findings };
}

async function examinedOf(configuration: ServerConfiguration, clock: Clock): Promise<Examined> {
  const [trust, running, orders] = await Promise.all([
    withCopiedTrust(configuration, clock, (client) => {
      const status = client.status();
      const index: ConfigurationIndex | undefined = status.state === "expired" ? undefined : client.current();
      return { status, index };
    }).catch((error: unknown) => ({ status: error as Error, index: undefined })),
    askHealth(configuration.healthInterface),
    // Where it must not be asked, the folder's rights are what is broken.
    takesOrders(configuration.stateDirectory).catch(() => false),
  ]);
  return { configuration, clock, ...trust, running, takesOrders: orders };
}
