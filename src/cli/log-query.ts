import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { text as readAll } from "node:stream/consumers";
import { type OpenedSearch, openAccessSpool, openSearch } from "../assembly/open-search.ts";
import { loadServerConfiguration, type ServerConfiguration } from "../assembly/server-configuration.ts";
import { fromBase64Url, sha256, toBase64Url } from "../core/bytes.ts";
import { systemClock } from "../core/clock.ts";
import { isUuidV7 } from "../core/uuid.ts";
import type { AccessEntry } from "../messagelog/search/access-spool.ts";
import type { BuildProgress } from "../messagelog/search/index-builder.ts";
import type { RowOrder } from "../messagelog/search/row-source.ts";
import type { SearchQuery } from "../messagelog/search/search-query.ts";
import { outcomes } from "../messagelog/search/search-row.ts";
import type { SoughtPerson } from "../messagelog/search/sought-person.ts";
import { type Flag, type FlagValues, UsageError } from "./arguments.ts";
import { configFlag } from "./config-flag.ts";

/** Who reads the log and why: whatever shows something of it demands both and records them. */
export const readerFlags = [
  {
    kind: "required",
    name: "who",
    value: "NAME",
    description: "Who reads; it is recorded in the log, with the account of the system.",
  },
  {
    kind: "required",
    name: "why",
    value: "REASON",
    description: "Why, such as a case number; it is recorded in the log.",
  },
] as const satisfies readonly Flag[];

/** The flags of whatever searches the log. */
export const queryFlags = [
  configFlag,
  ...readerFlags,
  text("exchange-id", "UUID", "One exchange."),
  text("query-id", "ID", "The consumer's X-Road-Id."),
  text("consumer", "ID", "A subsystem, or a member for all its subsystems."),
  text("provider", "ID", "The same of the provider."),
  text("service", "ID", "Written INSTANCE/CLASS/MEMBER/SUBSYSTEM/SERVICE."),
  text("purpose", "ID", "Also ID#REVISION."),
  text("agreement", "ID", "Also ID#REVISION."),
  text("permission", "COMMITMENT", "As the exchange document names it, base64url."),
  text(
    "sought",
    "FILE",
    'JSON of what must not stand on a command line, `-` for standard input: {"subject": {"scheme", "value"}} for a ' +
      'person, {"permission": {"scheme", "nonce", "value"}} for an opened permission.',
  ),
  text("role", "ROLE", "This server's part: `consumer` or `provider`."),
  text("outcome", "OUTCOME", "What came of it: `answered`, `refused`, `failed` or `open`."),
  text("decision", "VERDICT", "What the rules said: `permit`, `deny` or `none`."),
  text("code", "CODE", "The reason of a refusal or fault."),
  text(
    "status",
    "STATUS",
    "HTTP status of the answer, `404` or `4xx`. Heads are opened for it: narrow it down first.",
  ),
  text("since", "TIME", "RFC 3339, such as 2026-11-22 or 2026-11-22T08:00:00Z."),
  text("until", "TIME", "The same; exchanges before it."),
  text("slower", "MS", "Took at least so long from request to answer."),
  text("faster", "MS", "Took at most so long."),
  { kind: "switch", name: "oldest", description: "Begins with the oldest instead of the newest." },
  text("beside", "FILE", "Configuration file of another server, whose side of each exchange is shown, too."),
] as const satisfies readonly Flag[];

function text<const Name extends string>(name: Name, value: string, description: string) {
  return { kind: "text", name, value, description } as const;
}

export type GivenQuery = FlagValues<typeof queryFlags>;

/** What every search of a command has at hand. */
export interface QueryInHand extends OpenedSearch {
  readonly query: SearchQuery;
  readonly order: RowOrder;
  /** Of the server beside. */
  readonly beside: OpenedSearch | undefined;
  /** Records what was read, in every log that was. @throws SealwayError `log_unavailable`: then show nothing */
  record(access: Pick<AccessEntry, "action" | "what" | "results">): Promise<void>;
}

/** Opens the log and makes a query of the flags. @throws UsageError, and what opening throws */
export async function openQuery(given: GivenQuery): Promise<QueryInHand> {
  const sought = given.sought === undefined ? {} : await readSought(given.sought);
  const plain = parseQuery(given);
  const configuration = await loadServerConfiguration(given.config);
  const opened = await openSearch(configuration, tellProgress);
  const others = given.beside === undefined ? [] : [await loadServerConfiguration(given.beside)];
  const [beside] = await Promise.all(others.map((other) => openSearch(other, tellProgress)));
  const { subject, permission } = sought;
  const query = {
    ...plain,
    permission: permission ?? plain.permission,
    tags: subject && (await opened.tagsOf(subject, plain.since)),
  };
  return {
    ...opened,
    ...{ query, beside, order: given.oldest ? "oldest" : "newest" },
    record: async (access) => {
      for (const place of [configuration, ...others]) await recordRead(place, given, access);
    },
    close: () => {
      opened.close();
      beside?.close();
    },
  };
}

/** Records a read of a server's log by this command. @throws SealwayError `log_unavailable`: then show nothing */
export async function recordRead(
  place: Pick<ServerConfiguration, "stateDirectory">,
  { who, why }: FlagValues<typeof readerFlags>,
  access: Pick<AccessEntry, "action" | "what" | "results">,
): Promise<void> {
  const account = userInfo().username;
  await openAccessSpool(place).record({ time: systemClock.now(), who, why, account, ...access });
}

const checks = {
  "exchange-id": isUuidV7,
  role: (value: string) => value === "consumer" || value === "provider",
  outcome: (value: string) => (outcomes as readonly string[]).includes(value),
  decision: (value: string) => ["permit", "deny", "none"].includes(value),
  status: (value: string) => /^[1-5](?:xx|\d\d)$/.test(value),
  permission: (value: string) => fromBase64Url(value)?.length === 32,
  slower: (value: string) => /^\d{1,10}$/.test(value),
  faster: (value: string) => /^\d{1,10}$/.test(value),
  since: (value: string) => timeOf(value) !== undefined,
  until: (value: string) => timeOf(value) !== undefined,
} as const satisfies Partial<Record<keyof GivenQuery, (value: string) => boolean>>;

function parseQuery(given: GivenQuery): SearchQuery {
  for (const [name, isGood] of Object.entries(checks)) {
    const value = given[name as keyof typeof checks];
    if (value !== undefined && !isGood(value)) {
      const flag = queryFlags.find((one) => one.name === name)!;
      throw new UsageError(`--${name} ${value} is none`, flag.description);
    }
  }
  const { consumer, provider, service, purpose, agreement, permission, code, status } = given;
  return {
    ...{ consumer, provider, service, purpose, agreement, permission, code, status },
    exchangeId: given["exchange-id"],
    queryId: given["query-id"],
    role: given.role as SearchQuery["role"],
    outcome: given.outcome as SearchQuery["outcome"],
    verdict: given.decision,
    since: given.since === undefined ? undefined : timeOf(given.since),
    until: given.until === undefined ? undefined : timeOf(given.until),
    atLeast: given.slower === undefined ? undefined : Number(given.slower),
    atMost: given.faster === undefined ? undefined : Number(given.faster),
  };
}

/** RFC 3339 with a zone, or a date alone: its beginning in UTC. */
export function timeOf(value: string): number | undefined {
  const isTime = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{1,3})?(?:Z|[+-]\d\d:\d\d))?$/.test(value);
  const time = isTime ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

interface Sought {
  readonly subject?: SoughtPerson;
  /** The commitment. */
  readonly permission?: string;
}

/** What is sought stands in a file: arguments are seen by every process of the machine. */
async function readSought(path: string): Promise<Sought> {
  const given = parseObject(path === "-" ? await readAll(process.stdin) : await readFile(path, "utf8"));
  const { subject, permission } = given;
  if (subject === undefined && permission === undefined) throw soughtNothing();
  return {
    ...(subject === undefined ? {} : { subject: pick(subject, ["scheme", "value"]) }),
    ...(permission === undefined
      ? {}
      : { permission: commitmentOf(pick(permission, ["scheme", "nonce", "value"])) }),
  };
}

function commitmentOf({ scheme, nonce, value }: Record<"scheme" | "nonce" | "value", string>): string {
  const bytes = fromBase64Url(nonce);
  if (bytes?.length !== 32) throw soughtNothing();
  return toBase64Url(sha256(Buffer.concat([bytes, Buffer.from(`${scheme}\0${value}`)])));
}

function parseObject(json: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(json));
  } catch {
    throw soughtNothing();
  }
}

function pick<Name extends string>(given: unknown, names: readonly Name[]): Record<Name, string> {
  const object = Object(given) as Record<Name, unknown>;
  if (!names.every((name) => typeof object[name] === "string")) throw soughtNothing();
  return object as Record<Name, string>;
}

function soughtNothing(): UsageError {
  const { description } = queryFlags.find(({ name }) => name === "sought")!;
  return new UsageError("--sought names neither a subject nor a permission", description);
}

let told = 0;

/** One line every some seconds, on a terminal or in a log alike. */
export function tellProgress({ read, of }: BuildProgress): void {
  const now = systemClock.now();
  if (now - told < 2_000) return;
  told = now;
  process.stderr.write(`the search index is being built: ${read} of ${of} records\n`);
}
