import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { SealwayError } from "../../core/errors.ts";
import type { Change } from "../../message/registration/registration-change.ts";
import { loadOrCreateLogKey } from "../../messagelog/checkpoint/log-key.ts";
import { publicKeyText } from "../../messagelog/checkpoint/signed-note.ts";
import type { Certificate } from "../../pki/certificate.ts";
import type { Signer } from "../../pki/signer.ts";
import { loadAnchor } from "../../trust/anchor.ts";
import type { ConfigurationIndex } from "../../trust/configuration-index.ts";
import { writeText } from "../keys/key-folder.ts";
import { loadMemberSigners, loadTlsSigner } from "../keys/keys-in-use.ts";
import { readTrust } from "../read-trust.ts";
import {
  makeRegistrationRequest,
  type RegistrationStatus,
  sendRegistrationRequest,
  showRegistrationRequest,
} from "../registration.ts";
import { readPassphrase } from "../secrets.ts";
import { type InitAnswers, ownerOf, subsystemsOf } from "./init-answers.ts";
import { InitStopped, lookInterval, type PlacedWork } from "./init-work.ts";

/** For what is approved, in the configuration that is published. */
const mostLooks = 240;

/** The keys that a new server has, and speaks with. */
interface NewKeys {
  readonly seal: Signer;
  readonly tls: Signer;
  /** Base64url. */
  readonly logKey: string;
}

/**
 * Asks the governing authority to register what is not registered yet, and waits until it is, and published.
 * @throws InitStopped when the authority says no
 */
export async function registerServer(work: PlacedWork): Promise<void> {
  const { configuration, answers, clock, signal, tell } = work;
  const keys = await loadNewKeys(work);
  const index = await readTrust(configuration, clock);
  if (missingIn(index, answers, keys).length === 0) return tell("everything is registered");
  let told = "";
  let status = await earlierRequest(work);
  if (status === undefined || status.state === "declined" || status.state === "expired")
    status = await ask(work, missingIn(index, answers, keys), keys);
  for (;;) {
    const words = wordsOf(status);
    if (words !== told) tell(words);
    told = words;
    if (status.state === "approved") break;
    if (status.state === "declined" || status.state === "expired") throw new InitStopped(words);
    await wait(lookInterval, undefined, { signal });
    status = (await shown(work, status.request.id)) ?? status;
  }
  await awaitPublication(work, keys);
  tell("the configuration that is published lists the server and its keys");
}

/** What is approved is published at once; another run asks for what is missing all the same. */
async function awaitPublication(work: PlacedWork, keys: NewKeys): Promise<void> {
  const { configuration, answers, clock, signal } = work;
  for (let looks = 0; looks < mostLooks; looks++) {
    if (missingIn(await readTrust(configuration, clock), answers, keys).length === 0) return;
    await wait(lookInterval / 4, undefined, { signal });
  }
  await rm(requestFile(work), { force: true });
  throw new InitStopped("what is approved is not published: run the command again");
}

async function loadNewKeys({ configuration, answers }: PlacedWork): Promise<NewKeys> {
  const seal = (await loadMemberSigners(configuration)).get(ownerOf(answers));
  if (seal === undefined)
    throw new SealwayError("signer_unavailable", `${ownerOf(answers)} has no seal here`);
  const passphrase = await readPassphrase(configuration.passphraseFile);
  const logKey = publicKeyText(await loadOrCreateLogKey(configuration.logKeyFile, passphrase));
  return { seal, tls: await loadTlsSigner(configuration), logKey };
}

/** What a registration lacks for the server to take part. */
function missingIn(
  index: ConfigurationIndex,
  answers: InitAnswers,
  { seal, tls, logKey }: NewKeys,
): Change[] {
  const { server, name, address, contact } = answers;
  const owner = ownerOf(answers);
  const subsystems = subsystemsOf(answers);
  const clients = [owner as string as (typeof subsystems)[number]["id"], ...subsystems.map(({ id }) => id)];
  const registered = index.server(server);
  const isNew = index.member(owner) === undefined;
  const isSealed = index.sealOfAnyState(seal.certificate.fingerprint) !== undefined;
  const isShown = index.serverByTlsCertificate(tls.certificate.fingerprint)?.id === server;
  const tlsCertificate = base64(tls.certificate);
  const contents = {
    owner,
    addresses: [address],
    tlsCertificates: [tlsCertificate],
    wireVersions: [1],
    contact,
  };
  const changes: readonly (Change | false)[] = [
    isNew && { kind: "member-add", member: owner, name },
    !isSealed && {
      kind: "seal-add",
      member: owner,
      certificate: base64(seal.certificate),
      servers: [server],
    },
    ...subsystems.map(
      ({ id: subsystem, name }) =>
        !index.isRegistered(subsystem) && ({ kind: "subsystem-add", subsystem, name } as const),
    ),
    registered === undefined && { kind: "server-add", server, ...contents, logKeys: [logKey] },
    registered !== undefined &&
      !isShown && { kind: "server-certificate-add", server, certificate: tlsCertificate },
    ...clients.map(
      (client) => index.serverOf(client)?.id !== server && ({ kind: "client-add", client, server } as const),
    ),
  ];
  return changes.filter((change) => change !== false);
}

function base64({ der }: Certificate): string {
  return der.toString("base64");
}

async function ask(
  work: PlacedWork,
  changes: readonly Change[],
  { seal, tls }: NewKeys,
): Promise<RegistrationStatus> {
  const { configuration, clock, tell } = work;
  const request = makeRegistrationRequest(await loadAnchor(configuration.anchor), changes, clock);
  tell(`asked for: ${changes.map(({ kind }) => kind).join(", ")}`);
  const bringsTls = changes.some(({ kind }) => kind === "server-add" || kind === "server-certificate-add");
  const signers = bringsTls ? [seal, tls] : [seal];
  const answer = await sendRegistrationRequest(configuration.mirrors, request, signers);
  if (answer.kind === "refused") throw new InitStopped(`${answer.code}: ${answer.detail}. ${answer.remedy}`);
  await writeText(requestFile(work), JSON.stringify({ request: request.id }));
  return answer.taken;
}

function requestFile({ configuration }: PlacedWork): string {
  return join(configuration.stateDirectory, "registration-request.json");
}

/** The request of an earlier run, as it stands now. */
async function earlierRequest(work: PlacedWork): Promise<RegistrationStatus | undefined> {
  const text = await readFile(requestFile(work), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const status = await shown(work, (JSON.parse(text) as { request: string }).request);
  if (status === undefined || status.state !== "requested") await rm(requestFile(work), { force: true });
  return status;
}

async function shown({ configuration }: PlacedWork, id: string): Promise<RegistrationStatus | undefined> {
  const answer = await showRegistrationRequest(configuration.mirrors, id);
  return answer.kind === "taken" ? answer.taken : undefined;
}

function wordsOf({ request, state, approved, persons, automatic, reason }: RegistrationStatus): string {
  const words: Readonly<Record<RegistrationStatus["state"], string>> = {
    saved: "waits for signatures of others",
    requested: `waits for officers of the authority: ${approved} of ${persons} have approved`,
    approved: automatic === null ? "approved" : "approved by rule",
    declined: `declined: ${reason}`,
    expired: "expired, since nobody decided: run the command again",
  };
  return `request ${request.id}: ${words[state]}`;
}
