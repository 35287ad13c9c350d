/** A header as it stands on the wire: name in its case, value as latin1 text of the raw bytes. */
type HeaderLine = readonly [name: string, value: string];

/** What an endpoint delivers: validated JSON, or bytes that pass as they are (`signed` ones are never filtered). */
type ContentKind = "json" | "opaque" | "signed";

/** The four ways of a header: as the columns of the pipeline's table. */
type HeaderPassage = "consumer-in" | "provider-in" | "provider-out" | "consumer-out";

/** `whole` passes only where an endpoint's content is not JSON that the gateway reads. */
type Fate = "pass" | "drop" | "whole";

/**
 * What becomes of a kind of header: on its way from the consumer's information system into the signed head, from
 * the head to the service, from the service into the signed head, and from the head to the consumer.
 */
export interface HeaderRule {
  readonly setBy: "each hop" | "consumer" | "service" | "both" | "gateway" | "nobody";
  readonly fates: Readonly<Record<HeaderPassage, Fate>>;
  /** Stands in the head of a message, below the signature. */
  readonly signed: boolean;
  /** May stand in a line of the process log; what can name a person never does. */
  readonly logged: boolean;
}

const pass = "pass";
const drop = "drop";
const whole = "whole";

// biome-ignore format: a table is read by its columns
const rules = {
  //                                 set by       consumer-in  provider-in  provider-out  consumer-out  signed  logged
  connection:      rule("each hop", [drop,        drop,        drop,        drop],        false,  false),
  gatewayToClient: rule("gateway",  [drop,        drop,        drop,        drop],        false,  false),
  misleading:      rule("nobody",   [drop,        drop,        whole,       pass],        false,  false),
  agencyTracing:   rule("nobody",   [drop,        drop,        drop,        drop],        false,  false),
  identity:        rule("consumer", [pass,        pass,        drop,        pass],        true,   true),
  queryId:         rule("consumer", [pass,        pass,        drop,        pass],        true,   false),
  aboutTheCall:    rule("consumer", [pass,        pass,        whole,       pass],        true,   false),
  requestId:       rule("gateway",  [drop,        pass,        drop,        pass],        true,   true),
  answerMark:      rule("gateway",  [drop,        drop,        drop,        pass],        true,   true),
  trace:           rule("both",     [pass,        pass,        drop,        drop],        true,   true),
  negotiation:     rule("consumer", [pass,        whole,       whole,       pass],        true,   false),
  described:       rule("both",     [pass,        pass,        pass,        pass],        true,   false),
  other:           rule("both",     [pass,        pass,        whole,       pass],        true,   false),
} as const satisfies Record<string, HeaderRule>;

type Kind = keyof typeof rules;

/** Every header that is not `other`; a name that ends with `*` stands for all that begin so. */
const names: Readonly<Record<Exclude<Kind, "other">, readonly string[]>> = {
  connection: [
    ...[
      "connection",
      "keep-alive",
      "proxy-*",
      "te",
      "trailer",
      "transfer-encoding",
      "upgrade",
      "http2-settings",
    ],
    ...["host", "user-agent", "server", "content-length", "expect"],
  ],
  gatewayToClient: ["sealway-*", "x-road-error"],
  // A service that believes these would act on another method, path or caller than the one that was authorised.
  misleading: [
    ...["forwarded", "x-forwarded-*", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "true-client-ip"],
    ...["x-http-method*", "x-method-override", "x-original-*", "x-rewrite-url"],
    ...[
      "remote-user",
      "x-remote-user",
      "ssl-client-*",
      "x-ssl-*",
      "client-cert",
      "client-cert-chain",
      "x-client-cert*",
    ],
    // Aliases: translated into X-Road's names, so that one name alone says who asks.
    ...["uxp-*", "x-govstack-client", "information-mediator-client"],
  ],
  agencyTracing: ["baggage", "tracestate"],
  identity: ["x-road-client"],
  queryId: ["x-road-id"],
  aboutTheCall: ["x-road-userid", "x-road-issue", "x-road-represented-party", "x-road-security-server"],
  requestId: ["x-road-request-id"],
  answerMark: ["x-road-service", "x-road-request-*", "ratelimit", "ratelimit-*", "permission-statement"],
  trace: ["traceparent"],
  // What a gateway that reads the answer must ask for itself, and validators that a cut field would make untrue.
  negotiation: ["accept-encoding", "range", "if-*", "cookie", "set-cookie", "set-cookie2"],
  described: [
    ...["content-type", "content-language", "last-modified", "retry-after"],
    ...["deprecation", "sunset", "cache-control"],
  ],
};

const exact = new Map<string, HeaderRule>();
const prefixes: [prefix: string, rule: HeaderRule][] = [];
for (const [kind, list] of Object.entries(names) as [Kind, readonly string[]][]) {
  for (const name of list) {
    if (name.endsWith("*")) prefixes.push([name.slice(0, -1), rules[kind]]);
    else exact.set(name, rules[kind]);
  }
}

/** Verdicts by name as it was spelt; callers choose names, so it does not grow for ever. */
const known = new Map<string, HeaderRule>();
const mostKnown = 4096;

/** The rule for a header. @param name in any case */
export function headerRule(name: string): HeaderRule {
  const before = known.get(name);
  if (before !== undefined) return before;
  const found = lookUp(name.toLowerCase());
  if (known.size < mostKnown) known.set(name, found);
  return found;
}

function lookUp(name: string): HeaderRule {
  return exact.get(name) ?? prefixes.find(([prefix]) => name.startsWith(prefix))?.[1] ?? rules.other;
}

/**
 * The lines of an information system's request (an attacker's choice) that are signed and forwarded, in their order
 * and case, duplicates kept.
 */
export function forwardedRequestHeaders(lines: readonly HeaderLine[]): HeaderLine[] {
  return filter(lines, "consumer-in", "opaque");
}

/** The lines of a verified head (a peer may still be hostile) that the service gets; for `json` in identity encoding. */
export function serviceRequestHeaders(lines: readonly HeaderLine[], kind: ContentKind): HeaderLine[] {
  const kept = filter(lines, "provider-in", kind);
  if (kind === "json") kept.push(["Accept-Encoding", "identity"]);
  return kept;
}

/** What a service's description and the cutting of its answer say of the headers that come with it. */
export interface AnswerTerms {
  /** Names, in any case, that the description lets pass beside those of the allow-list. */
  readonly described: readonly string[];
  /** `drop` when fields were cut: what identifies or digests the whole is not true of what is left. */
  readonly validators: "pass" | "drop";
}

/** Headers that speak of the very bytes of a body (RFC 9110 §8.8, RFC 9530, RFC 3230). */
const validators: ReadonlySet<string> = new Set([
  ...["etag", "last-modified", "content-digest", "repr-digest", "digest", "content-md5", "accept-ranges"],
]);

/**
 * The lines of a service's answer that are signed and delivered: an allow-list for `json`, to which a description can
 * add what this table does not name.
 */
export function forwardedResponseHeaders(
  lines: readonly HeaderLine[],
  kind: ContentKind,
  terms: AnswerTerms = { described: [], validators: "pass" },
): HeaderLine[] {
  const described = new Set(terms.described.map((name) => name.toLowerCase()));
  const kept = filter(lines, "provider-out", kind, described);
  return terms.validators === "pass" ? kept : kept.filter(([name]) => !validators.has(name.toLowerCase()));
}

/** The lines of an answer's verified head that the consumer's information system gets. */
export function consumerResponseHeaders(lines: readonly HeaderLine[]): HeaderLine[] {
  return filter(lines, "consumer-out", "opaque");
}

function filter(
  lines: readonly HeaderLine[],
  passage: HeaderPassage,
  kind: ContentKind,
  described: ReadonlySet<string> = noNames,
): HeaderLine[] {
  const listed = connectionOptions(lines);
  return lines.filter(([name]) => {
    const found = headerRule(name);
    if (found === rules.other && listed.has(name.toLowerCase())) return false;
    const fate = found.fates[passage];
    if (fate !== whole || kind !== "json") return fate !== drop;
    return found === rules.other && described.size > 0 && described.has(name.toLowerCase());
  });
}

const noNames: ReadonlySet<string> = new Set();

/** What `Connection` declares to be of this hop (RFC 9110 §7.6.1). It cannot take away what the table names. */
function connectionOptions(lines: readonly HeaderLine[]): ReadonlySet<string> {
  let options: Set<string> | undefined;
  for (const [name, value] of lines) {
    if (name.length !== 10 || name.toLowerCase() !== "connection") continue;
    options ??= new Set();
    for (const option of value.toLowerCase().split(",")) options.add(option.trim());
  }
  return options ?? noNames;
}

function rule(
  setBy: HeaderRule["setBy"],
  [consumerIn, providerIn, providerOut, consumerOut]: readonly [Fate, Fate, Fate, Fate],
  signed: boolean,
  logged: boolean,
): HeaderRule {
  const fates = {
    "consumer-in": consumerIn,
    "provider-in": providerIn,
    "provider-out": providerOut,
    "consumer-out": consumerOut,
  };
  return { setBy, fates, signed, logged };
}
