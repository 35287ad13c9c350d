import { monotonic } from "../core/clock.ts";
import type { ConsumerExchange } from "./consumer-exchange.ts";
import { noteConsumed, noteProvided, noteSent } from "./emergencies/note-emergency.ts";
import { keepPermissionCopy } from "./permissions/keep-copy.ts";
import type { ProviderExchange } from "./provider-exchange.ts";
import { authenticateClient } from "./steps/authenticate-client.ts";
import { callService } from "./steps/call-service.ts";
import { checkAnswer } from "./steps/check-answer.ts";
import { cutAnswer } from "./steps/cut-answer.ts";
import { checkMessage, decideMessage } from "./steps/decide-message.ts";
import { decideOnKnown } from "./steps/decide-on-known.ts";
import { decideOnSigned, decideRequest } from "./steps/decide-request.ts";
import { loadPermission, loadPermissionOfMessage } from "./steps/load-permission.ts";
import { loadService } from "./steps/load-service.ts";
import { parseRequest } from "./steps/parse-request.ts";
import { receiveMessageBody, validateRequest } from "./steps/receive-message-body.ts";
import { receiveRequest } from "./steps/receive-request.ts";
import { recordAnswer } from "./steps/record-answer.ts";
import { recordReceivedRequest } from "./steps/record-received-request.ts";
import { recordRequest } from "./steps/record-request.ts";
import { resolveService } from "./steps/resolve-service.ts";
import { sendToPeer } from "./steps/send-to-peer.ts";
import { signAnswer } from "./steps/sign-answer.ts";
import { signRequest } from "./steps/sign-request.ts";
import { validateAnswer } from "./steps/validate-answer.ts";
import { receiveAnswerBody, recordReceivedAnswer, verifyAnswer } from "./steps/verify-answer.ts";
import { identifyPeer, verifyRequest } from "./steps/verify-request.ts";

/*
 * One exchange, from top to bottom. Read this page first.
 *
 *   1 parse with caps            9 verify TLS peer, signature,       14 validate and cut the reply
 *   2 authenticate the IS          chain, OCSP, freshness, decide    15 sign
 *   3 resolve the service       10 receive, hash, validate the body  16 append durably
 *   4 decide on what is known   11 decide (binding)                  17 answer            (http)
 *   5 receive and validate;     12 append durably, replay guard      18 verify, bind to the request, append durably
 *     decide messages (binding)
 *   6 sign  7 append  8 send    13 call the IS                       19 answer the IS     (http)
 *
 * The order survives a crash: what was sent is in our log (7 before 8), what the information system did is in the
 * provider's log as begun (12 before 13), what the consumer received is in the provider's log (16 before 17), and what
 * its information system received is in both (18 before 19). After a restart an exchange without an answer is closed by
 * a signed `interrupted`. Whatever fails is turned into a refusal or fault in `consume.ts` and `provide.ts`.
 */
type ConsumerStep = (x: ConsumerExchange) => void | Promise<void>;
type ProviderStep = (x: ProviderExchange) => void | Promise<void>;
type Row = readonly [
  number: number,
  toldAs: string,
  consumerIn: ConsumerStep | null,
  providerIn: ProviderStep | null,
  providerOut: ProviderStep | null,
  consumerOut: ConsumerStep | null,
];

const _ = null;

// biome-ignore format: a table is read by its columns
const table: readonly Row[] = [
  //    told as    consumer-in              provider-in            provider-out    consumer-out
  [ 1,  "check",   parseRequest,            _,                     _,              _                    ],
  [ 2,  "check",   authenticateClient,      _,                     _,              _                    ],
  [ 3,  "check",   resolveService,          _,                     _,              _                    ],
  [ 4,  "check",   decideOnKnown,           _,                     _,              _                    ],
  [ 5,  "receive", receiveRequest,          _,                     _,              _                    ],
  [ 5,  "decide",  loadPermissionOfMessage, _,                     _,              _                    ],
  [ 5,  "decide",  decideMessage,           _,                     _,              _                    ],
  [ 6,  "sign",    signRequest,             _,                     _,              _                    ],
  [ 7,  "log",     recordRequest,           _,                     _,              _                    ],
  [ 7,  "log",     noteSent,                _,                     _,              _                    ],
  [ 8,  "send",    sendToPeer,              _,                     _,              _                    ],
  [ 9,  "verify",  _,                       identifyPeer,          _,              _                    ],
  [ 9,  "verify",  _,                       verifyRequest,         _,              _                    ],
  [ 9,  "verify",  _,                       loadService,           _,              _                    ],
  [ 9,  "verify",  _,                       decideOnSigned,        _,              _                    ],
  [ 10, "receive", _,                       receiveMessageBody,    _,              _                    ],
  [ 10, "receive", _,                       validateRequest,       _,              _                    ],
  [ 11, "decide",  _,                       loadPermission,        _,              _                    ],
  [ 11, "decide",  _,                       decideRequest,         _,              _                    ],
  [ 11, "decide",  _,                       checkMessage,          _,              _                    ],
  [ 12, "log",     _,                       recordReceivedRequest, _,              _                    ],
  [ 12, "log",     _,                       noteProvided,          _,              _                    ],
  [ 13, "call",    _,                       _,                     callService,    _                    ],
  [ 14, "check",   _,                       _,                     validateAnswer, _                    ],
  [ 14, "check",   _,                       _,                     cutAnswer,      _                    ],
  [ 15, "sign",    _,                       _,                     signAnswer,     _                    ],
  [ 16, "log",     _,                       _,                     recordAnswer,   _                    ],
  [ 18, "verify",  _,                       _,                     _,              verifyAnswer         ],
  [ 18, "receive", _,                       _,                     _,              receiveAnswerBody    ],
  [ 18, "receive", _,                       _,                     _,              checkAnswer          ],
  [ 18, "log",     _,                       _,                     _,              keepPermissionCopy   ],
  [ 18, "log",     _,                       _,                     _,              recordReceivedAnswer ],
  [ 18, "log",     _,                       _,                     _,              noteConsumed         ],
];

interface Step<X> {
  readonly number: number;
  readonly run: (x: X) => void | Promise<void>;
  /** Where this step ends a group of steps: its index in `stepGroups`. */
  readonly ends: number | undefined;
}

interface StepGroup {
  readonly passage: string;
  readonly steps: string;
}

const groups: StepGroup[] = [];

/** The steps of each passage, in order. */
export const passages = {
  consumerIn: column<ConsumerExchange>(2, "consumer-in"),
  providerIn: column<ProviderExchange>(3, "provider-in"),
  providerOut: column<ProviderExchange>(4, "provider-out"),
  consumerOut: column<ConsumerExchange>(5, "consumer-out"),
} as const;

/** Steps that follow each other in a passage and are told as one: whose durations a monitor is told of. */
export const stepGroups: readonly StepGroup[] = groups;

/**
 * Runs one passage. A step that needs no waiting costs no turn of the event loop.
 * @throws what the first failing step throws
 */
export async function runPassage<X extends ConsumerExchange | ProviderExchange>(
  steps: readonly Step<X>[],
  x: X,
): Promise<void> {
  const { watch, services } = x;
  const { observer } = services;
  let began = monotonic();
  for (const { number, run, ends } of steps) {
    const pending = run(x);
    if (pending !== undefined) await pending;
    if (observer !== undefined) await observer({ number, name: run.name, exchangeId: x.id });
    if (ends === undefined) continue;
    const now = monotonic();
    watch.spent(ends, now - began);
    began = now;
  }
}

function column<X>(index: 2 | 3 | 4 | 5, passage: string): readonly Step<X>[] {
  const rows = table.filter((row) => row[index] !== null);
  return rows.map((row, i) => {
    const [number, toldAs] = row;
    const isLast = rows[i + 1]?.[1] !== toldAs;
    const ends = isLast ? groups.push({ passage, steps: toldAs }) - 1 : undefined;
    return { number, run: row[index] as Step<X>["run"], ends };
  });
}
