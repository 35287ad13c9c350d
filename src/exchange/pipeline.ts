import type { ConsumerExchange } from "./consumer-exchange.ts";
import type { ProviderExchange } from "./provider-exchange.ts";
import { authenticateClient } from "./steps/authenticate-client.ts";
import { callService } from "./steps/call-service.ts";
import { decideOnKnown } from "./steps/decide-on-known.ts";
import { decideRequest } from "./steps/decide-request.ts";
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
import { receiveAnswerBody, recordReceivedAnswer, verifyAnswer } from "./steps/verify-answer.ts";
import { identifyPeer, verifyRequest } from "./steps/verify-request.ts";

/*
 * One exchange, from top to bottom. Read this page first.
 *
 *   1 parse with caps            9 verify TLS peer, signature,       14 validate the reply
 *   2 authenticate the IS          chain, OCSP, freshness, decide    15 sign
 *   3 resolve the service       10 receive, hash, validate the body  16 append durably
 *   4 decide on what is known   11 decide (binding)                  17 answer            (http)
 *   5 receive and validate      12 append durably, replay guard      18 verify, bind to the request, append durably
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
  consumerIn: ConsumerStep | null,
  providerIn: ProviderStep | null,
  providerOut: ProviderStep | null,
  consumerOut: ConsumerStep | null,
];

const _ = null;

// biome-ignore format: a table is read by its columns
const table: readonly Row[] = [
  //    consumer-in         provider-in            provider-out   consumer-out
  [ 1,  parseRequest,       _,                     _,             _                    ],
  [ 2,  authenticateClient, _,                     _,             _                    ],
  [ 3,  resolveService,     _,                     _,             _                    ],
  [ 4,  decideOnKnown,      _,                     _,             _                    ],
  [ 5,  receiveRequest,     _,                     _,             _                    ],
  [ 6,  signRequest,        _,                     _,             _                    ],
  [ 7,  recordRequest,      _,                     _,             _                    ],
  [ 8,  sendToPeer,         _,                     _,             _                    ],
  [ 9,  _,                  identifyPeer,          _,             _                    ],
  [ 9,  _,                  verifyRequest,         _,             _                    ],
  [ 9,  _,                  loadService,           _,             _                    ],
  [ 9,  _,                  decideRequest,         _,             _                    ],
  [ 10, _,                  receiveMessageBody,    _,             _                    ],
  [ 10, _,                  validateRequest,       _,             _                    ],
  [ 11, _,                  decideRequest,         _,             _                    ],
  [ 12, _,                  recordReceivedRequest, _,             _                    ],
  [ 13, _,                  _,                     callService,   _                    ],
  [ 15, _,                  _,                     signAnswer,    _                    ],
  [ 16, _,                  _,                     recordAnswer,  _                    ],
  [ 18, _,                  _,                     _,             verifyAnswer         ],
  [ 18, _,                  _,                     _,             receiveAnswerBody    ],
  [ 18, _,                  _,                     _,             recordReceivedAnswer ],
];

interface Step<X> {
  readonly number: number;
  readonly run: (x: X) => void | Promise<void>;
}

/** The steps of each passage, in order. */
export const passages = {
  consumerIn: column<ConsumerExchange>(1),
  providerIn: column<ProviderExchange>(2),
  providerOut: column<ProviderExchange>(3),
  consumerOut: column<ConsumerExchange>(4),
} as const;

/**
 * Runs one passage. A step that needs no waiting costs no turn of the event loop.
 * @throws what the first failing step throws
 */
export async function runPassage<X extends ConsumerExchange | ProviderExchange>(
  steps: readonly Step<X>[],
  x: X,
): Promise<void> {
  const { observer } = x.services;
  for (const { number, run } of steps) {
    const pending = run(x);
    if (pending !== undefined) await pending;
    if (observer !== undefined) await observer({ number, name: run.name, exchangeId: x.id });
  }
}

function column<X>(index: 1 | 2 | 3 | 4): readonly Step<X>[] {
  return table.flatMap((row) => {
    const run = row[index] as Step<X>["run"] | null;
    return run === null ? [] : [{ number: row[0], run }];
  });
}
