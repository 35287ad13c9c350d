import { systemClock } from "../core/clock.ts";
import { SealwayError } from "../core/errors.ts";
import type { ConfigurationFiles } from "../messagelog/message-record.ts";
import type { LogReader, MessageStore } from "../messagelog/message-store.ts";
import { buildRenewal } from "../messagelog/renewal/build-renewal.ts";
import { type RenewalOutcome, renew } from "../messagelog/renewal/renew.ts";
import type { RenewalOrder, RenewalStep } from "../messagelog/renewal/renewal-steps.ts";
import { obtainTimestamp } from "../pki/timestamp-client.ts";
import { loadAnchor } from "../trust/anchor.ts";
import type { ConfigurationIndex } from "../trust/configuration-index.ts";
import { verifyArchivedConfiguration } from "../trust/verify-archived-configuration.ts";
import { openReader, openStore } from "./log-store.ts";
import { placeRenewalOrder } from "./renewal-orders.ts";
import type { ServerConfiguration } from "./server-configuration.ts";

/** How long an authority is waited for, milliseconds. */
const timeoutMs = 30_000;

/** What became of an order: trees of a dry run, what was renewed, or that the running server will do it. */
export type OrderedRenewal =
  | { readonly outcome: "counted"; readonly trees: number; readonly leaves: number }
  | ({ readonly outcome: "renewed" } & RenewalOutcome)
  | { readonly outcome: "ordered" };

export interface RenewalRun {
  readonly order: RenewalOrder;
  readonly run: "dry" | "real";
  readonly progress: (done: number, of: number) => void;
}

/**
 * Renews in this process when no server has the log open, else orders it of the running server. Authorities and trust are
 * those of the newest configuration in the log.
 * @throws SealwayError; AggregateError when no authority gives a token; RangeError when the log was altered
 */
export async function orderRenewal(
  configuration: ServerConfiguration,
  { order, run, progress }: RenewalRun,
): Promise<OrderedRenewal> {
  const reader = openReader(configuration);
  try {
    const index = await newestConfiguration(reader, configuration.anchor);
    const listed = index.timestampingAuthorities;
    const anchors = listed.map(({ certificate }) => certificate.der);
    const steps = () => buildRenewal(reader, { order, anchors, at: systemClock.now() });
    if (run === "dry") return await counted(steps(), progress);
    const store = await openUnlessInUse(configuration);
    if (store === undefined) {
      await placeRenewalOrder(configuration.stateDirectory, order);
      return { outcome: "ordered" };
    }
    try {
      return { outcome: "renewed", ...(await renewOn(store, index, steps(), progress)) };
    } finally {
      await store.close();
    }
  } finally {
    reader.close();
  }
}

function renewOn(
  store: MessageStore,
  { content, timestampingAuthorities: listed }: ConfigurationIndex,
  steps: AsyncIterable<RenewalStep>,
  progress: RenewalRun["progress"],
): Promise<RenewalOutcome> {
  const sources = {
    authorities: listed.map(({ authority }) => ({ url: authority.url, policies: authority.policies })),
    anchors: listed.map(({ certificate }) => certificate),
    clock: systemClock,
    timeoutMs,
    pausesMs: [],
  };
  return renew(steps, {
    keep: (document) => store.keepDocument(document),
    stamp: (imprint, others) => obtainTimestamp(imprint, sources, others),
    configuration: async () => content.sha256,
    clock: systemClock,
    reason: "command",
    progress,
  });
}

async function counted(
  steps: AsyncIterable<RenewalStep>,
  progress: RenewalRun["progress"],
): Promise<OrderedRenewal> {
  let trees = 0;
  let leaves = 0;
  for await (const step of steps) {
    if (step.step === "progress") progress(step.done, step.of);
    if (step.step !== "tree") continue;
    trees++;
    leaves += step.tree.count;
  }
  return { outcome: "counted", trees, leaves };
}

async function openUnlessInUse(configuration: ServerConfiguration): Promise<MessageStore | undefined> {
  try {
    return await openStore(configuration, systemClock, () => {});
  } catch (error) {
    const isInUse = error instanceof SealwayError && error.detail.includes("another process");
    if (isInUse) return undefined;
    throw error;
  }
}

/** @throws SealwayError `configuration_expired` when the log has none that follows from the server's anchor */
async function newestConfiguration(log: LogReader, anchorFile: string): Promise<ConfigurationIndex> {
  const anchor = await loadAnchor(anchorFile);
  for (const { bytes } of (await log.documentsOf("configuration-files")).toReversed()) {
    const { files } = JSON.parse(bytes.toString("utf8")) as ConfigurationFiles;
    const found = new Map<string, Buffer>();
    for (const [name, digest] of Object.entries(files)) {
      const document = await log.document(digest);
      if (document !== undefined) found.set(name, document.bytes);
    }
    const { configuration } = verifyArchivedConfiguration(found, anchor);
    if (configuration !== undefined) return configuration;
  }
  throw new SealwayError("configuration_expired", "the log has no global configuration under this anchor");
}
