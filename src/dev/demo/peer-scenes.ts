import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import {
  type ClientId,
  type ExchangeId,
  memberOf,
  providerOf,
  type ServiceId,
  unsafeId,
} from "../../core/ids.ts";
import { uuidV7 } from "../../core/uuid.ts";
import { exchangePath, type WireMessage } from "../../message/wire.ts";
import type { EvidenceReader } from "../../messagelog/evidence-reader.ts";
import { parseCertificatesPem } from "../../pki/certificate.ts";
import { fetchOcsp } from "../../pki/ocsp-client.ts";
import { type CountryServer, serverOf } from "../country/country.ts";
import { nameOf, subsystem } from "../country/members.ts";
import { service } from "../country/services.ts";
import type { RunningCountry } from "../country/start-country.ts";
import type { Cast } from "../registers/cast.ts";
import type { Account, Ending } from "./event.ts";
import { identityOf, type PeerAnswer, sealCertificate, sendAsPeer, signAgain } from "./peer-message.ts";
import { withLogOf } from "./server-log.ts";
import { callAsSystem } from "./system-call.ts";

/** An exchange that took place, and what its consumer's server sent and received. */
interface Recorded {
  readonly running: RunningCountry;
  readonly clock: Clock;
  readonly client: ClientId;
  readonly service: ServiceId;
  readonly from: CountryServer;
  readonly to: CountryServer;
  readonly exchangeId: string;
  readonly request: WireMessage;
  /** Of the answer that was received. */
  readonly answerSignature: string;
}

/** Something that a thief or a faulty network does with a recorded message. */
interface PeerScene {
  readonly title: string;
  readonly asks: string;
  readonly expected: string;
  readonly send: (recorded: Recorded) => Promise<PeerAnswer>;
  /** Whether it ended as expected, and what that means. */
  readonly judge: (
    answer: PeerAnswer,
    recorded: Recorded,
  ) => { readonly fits: boolean; readonly says: string };
}

const scenes: readonly PeerScene[] = [
  {
    title: "The same message once more",
    asks: "a thief who has the message and the server's TLS key",
    expected: "the recorded answer, byte for byte",
    send: async ({ running, from, to, request }) =>
      sendAsPeer(to, request, await identityOf(running.country, from)),
    judge: ({ status, signature }, { answerSignature }) => ({
      fits: status === 200 && signature === answerSignature,
      says: "the recorded one, byte for byte the same signature: the register was not asked again",
    }),
  },
  {
    title: "Another message under the same exchange id",
    asks: "a thief who has the member's seal, too, and signs anew",
    ...refusedWith("replay"),
    send: async ({ running, clock, from, to, request }) => {
      const again = await signAgain(running.country, from, request, clock);
      return sendAsPeer(to, again, await identityOf(running.country, from));
    },
  },
  {
    title: "A stranger's connection",
    asks: "a thief who has the message but no TLS key",
    ...refusedWith("peer_unknown"),
    send: ({ to, request }) => sendAsPeer(to, request, null),
  },
  {
    title: "A revoked seal",
    asks: "the server itself, after its member's seal was revoked",
    ...refusedWith("certificate_revoked"),
    send: sendRevoked,
  },
];

/**
 * Plays what may happen to a message on its way and afterwards: one exchange is made, then its recorded message is
 * sent in other ways.
 * @param number of the first account
 */
export async function* playPeerScenes(
  running: RunningCountry,
  cast: Cast,
  clock: Clock,
  number: number,
): AsyncGenerator<Account> {
  const recorded = await recordExchange(running, cast, clock);
  for (const [i, scene] of scenes.entries()) {
    const answer = await scene.send(recorded);
    const { fits, says } = scene.judge(answer, recorded);
    const { from, to } = recorded;
    yield {
      event: "exchange",
      number: number + i,
      title: scene.title,
      scenario: null,
      asks: { id: from.id, name: scene.asks, server: from.name },
      answers: { id: to.id, name: nameOf(providerOf(recorded.service)), server: to.name },
      onBehalf: null,
      method: "POST",
      target: exchangePath,
      sentBytes: 0,
      receivedBytes: Buffer.byteLength(answer.text),
      ending: endingOf(answer),
      says,
      asExpected: fits,
      expected: scene.expected,
      purpose: null,
      removed: [],
      exchangeId: null,
      queryId: null,
      milliseconds: answer.milliseconds,
      memory: null,
      notYetChecked: [],
    };
  }
}

async function recordExchange(running: RunningCountry, cast: Cast, clock: Clock): Promise<Recorded> {
  const [client, id] = [subsystem("benefits"), service("population/persons")];
  const from = serverOf(running.country, client);
  const to = serverOf(running.country, providerOf(id));
  const call = { port: from.ports.consumer, client, service: id, method: "GET" };
  const { headers } = await callAsSystem({ ...call, path: `/persons/${cast.pensioner}` });
  const exchangeId = String(headers["sealway-exchange-id"]);
  const messages = await withLogOf(from, (log) => messagesOf(log, exchangeId));
  return { running, clock, client, service: id, from, to, exchangeId, ...messages };
}

async function messagesOf(log: EvidenceReader, exchangeId: string) {
  const { records } = await log.findExchange(exchangeId);
  const [sent, received] = records.filter(({ record }) => record.role === "consumer");
  if (sent === undefined || received === undefined || sent.head.state !== "readable") {
    throw new Error(`the log has not both messages of ${exchangeId}`);
  }
  const { exchange, signature, ocsp } = sent.record;
  const request: WireMessage = { exchange, signature, head: sent.head.bytes, ocsp: ocsp.der };
  return { request, answerSignature: received.record.signature };
}

/** The OCSP responder is told that the seal is revoked, a new message carries its word, and all is as before. */
async function sendRevoked({ running, clock, client, from, to, request }: Recorded): Promise<PeerAnswer> {
  const { country } = running;
  const responder = `http://127.0.0.1:${country.ports.trust.ocsp}/`;
  const certificate = await sealCertificate(from, memberOf(client));
  const issuer = parseCertificatesPem(
    await readFile(join(country.trustDirectory, "issuing-ca.cert.pem"), "utf8"),
  )[0]!;
  const serial = certificate.serial.toString("hex");
  await turnKnobs(responder, { revoked: [{ serial, time: clock.now() }] });
  try {
    const ocsp = await fetchOcsp(responder, { certificate, issuer, timeoutMs: 5_000 });
    const id = unsafeId<ExchangeId>(uuidV7(clock.now()));
    const message = await signAgain(country, from, request, clock, { id, ocsp });
    return await sendAsPeer(to, message, await identityOf(country, from));
  } finally {
    await turnKnobs(responder, { revoked: [] });
  }
}

async function turnKnobs(service: string, knobs: object): Promise<void> {
  const answer = await fetch(`${service}knobs`, { method: "POST", body: JSON.stringify(knobs) });
  if (!answer.ok) throw new Error(`the knobs of ${service} cannot be turned: ${await answer.text()}`);
}

function refusedWith(code: string): Pick<PeerScene, "expected" | "judge"> {
  return {
    expected: `${code}, unsigned and not recorded`,
    judge: (answer) => {
      const ending = endingOf(answer);
      return {
        fits: ending.kind === "unsigned" && ending.code === code,
        says: "",
      };
    },
  };
}

/** An answer without a signature is a problem in JSON. */
function endingOf({ status, signature, text }: PeerAnswer): Ending {
  if (signature !== null) return { kind: "answer", status };
  const { code, rule, title, detail, remedy } = JSON.parse(text);
  return { kind: "unsigned", status, code, rule, message: `${title}: ${detail}`, remedy };
}
