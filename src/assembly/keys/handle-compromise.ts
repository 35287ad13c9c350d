import type { Clock } from "../../core/clock.ts";
import { asSealwayError, SealwayError } from "../../core/errors.ts";
import type { MemberId } from "../../core/ids.ts";
import type { ChangeOf } from "../../message/registration/registration-change.ts";
import { type SealedWith, sealedWith } from "../../messagelog/desk/sealed-with.ts";
import { loadAnchor } from "../../trust/anchor.ts";
import { stateAt } from "../../trust/configuration-index.ts";
import { openReader } from "../log-store.ts";
import { giveOrder } from "../order-socket.ts";
import { readTrust } from "../read-trust.ts";
import {
  makeRegistrationRequest,
  type RegistrationStatus,
  sendRegistrationRequest,
} from "../registration.ts";
import { restrictedRows } from "../restricted-rows.ts";
import { readPassphrase } from "../secrets.ts";
import type { ServerConfiguration } from "../server-configuration.ts";
import type { ForgerySearch } from "./find-forgeries.ts";
import {
  type KeyWithCertificate,
  keysWithCertificates,
  loadMemberSigners,
  openSigner,
  readCertificate,
  slotOf,
} from "./keys-in-use.ts";
import { tellKeysChanged } from "./order-keys.ts";
import { suspendKey } from "./suspended-keys.ts";

/** Which seal somebody else may have used, and since when. */
export interface Compromise {
  /** Its name or the fingerprint of its certificate, as `keys list` has them. */
  readonly key: string;
  /** Milliseconds. */
  readonly from: number;
}

/** What became of the request. While it waits for officers, the seal counts for nothing from now on all the same. */
export type ToldAuthority = Pick<RegistrationStatus, "state" | "reason">;

/** What was done, and what it is about. A part that could not be done says why; the others are done all the same. */
export interface CompromiseReport {
  readonly member: MemberId;
  readonly fingerprint: string;
  /** ISO 8601. */
  readonly compromisedFrom: string;
  readonly authority: ToldAuthority | { readonly failure: string };
  readonly concerned: SealedWith;
  readonly forgeries: ForgerySearch | { readonly failure: string };
}

/**
 * Handles a leaked key: suspends it at this server, tells the governing authority since when it counts for nothing, lists what
 * it sealed since, and asks the peers what they have of it that was never sent from here. Done again, it does what is left.
 * @throws SealwayError `bad_request` when there is no such seal; what keeps the key from being suspended
 */
export async function handleCompromise(
  configuration: ServerConfiguration,
  { key: name, from }: Compromise,
  clock: Clock,
): Promise<CompromiseReport> {
  const key = await sealNamed(configuration, name);
  const member = key.slot.slice(slotOf("").length) as MemberId;
  const { fingerprint } = key.certificate;
  const compromisedFrom = new Date(from).toISOString();
  const { keysDirectory } = configuration;
  await suspendKey(keysDirectory, fingerprint, { compromisedFrom: from, suspended: clock.now() });
  await tellKeysChanged(configuration);
  const authority = await attempt(() =>
    tellAuthority(configuration, key, { kind: "seal-end", member, fingerprint, compromisedFrom }, clock),
  );
  const concerned = await concernedBy(configuration, fingerprint, from, clock.now());
  const forgeries = await attempt(() => askForForgeries(configuration, member, compromisedFrom));
  return { member, fingerprint, compromisedFrom, authority, concerned, forgeries };
}

async function sealNamed(configuration: ServerConfiguration, name: string): Promise<KeyWithCertificate> {
  const seals = [
    ...(await keysWithCertificates(configuration, ["seal"])),
    ...(await checkpointSeals(configuration)),
  ];
  const found = seals.filter((key) => key.name === name || key.certificate.fingerprint === name);
  if (found.length === 1) return found[0]!;
  const problem = found.length === 0 ? "there is no seal" : "there are several seals";
  throw new SealwayError("bad_request", `${problem} ${name}: give a name or fingerprint of \`keys list\``);
}

/** Keys that seal no messages, and the checkpoints of the log. @throws SealwayError `signer_unavailable` */
async function checkpointSeals({ members }: ServerConfiguration): Promise<KeyWithCertificate[]> {
  const read = members.map(async ({ id, checkpointSeal: files }): Promise<KeyWithCertificate[]> => {
    if (files === undefined) return [];
    const certificate = await readCertificate(files.certificate);
    return [{ name: "checkpoints", use: "seal", slot: slotOf(id), certificate, files }];
  });
  return (await Promise.all(read)).flat();
}

/** The member's other key, if it has one; then the leaked one, which may end itself: whoever holds it. */
async function* signersOf(configuration: ServerConfiguration, key: KeyWithCertificate, member: MemberId) {
  const other = (await loadMemberSigners(configuration)).get(member);
  if (other !== undefined) yield other;
  yield await openSigner(key, await readPassphrase(configuration.passphraseFile));
}

/** One that knows already is told nothing. @throws SealwayError with what the authority said to the last signer, or why none could be asked */
async function tellAuthority(
  configuration: ServerConfiguration,
  key: KeyWithCertificate,
  change: Required<ChangeOf<"seal-end">>,
  clock: Clock,
): Promise<ToldAuthority> {
  // Without a configuration in force it is told once more.
  const index = await readTrust(configuration, clock).catch(() => undefined);
  const seal = index?.sealOfAnyState(change.fingerprint);
  if (seal !== undefined && stateAt(seal.history, Date.parse(change.compromisedFrom)) === "compromised")
    return { state: "approved", reason: null };
  const anchor = await loadAnchor(configuration.anchor);
  let refusal = "";
  for await (const signer of signersOf(configuration, key, change.member)) {
    const send = (one: ChangeOf<"seal-end">) => {
      const request = makeRegistrationRequest(anchor, [one], clock);
      return sendRegistrationRequest(configuration.mirrors, request, [signer]);
    };
    const answer = await send(change);
    if (answer.kind === "taken") {
      const { state, reason } = answer.taken;
      const { compromisedFrom: _, ...atOnce } = change;
      // Officers look at what is back-dated far. It is refused for a seal that has ended, which is as good.
      if (state !== "approved") await send(atOnce);
      return { state, reason };
    }
    refusal = `${answer.code}: ${answer.detail} ${answer.remedy}`;
  }
  throw new SealwayError("bad_request", refusal);
}

async function concernedBy(
  configuration: ServerConfiguration,
  fingerprint: string,
  from: number,
  now: number,
): Promise<SealedWith> {
  const hidden = new Set((await restrictedRows(configuration, from)).map(({ exchangeId }) => exchangeId));
  const log = openReader(configuration);
  try {
    return await sealedWith(log, { fingerprint, from, to: now + 1 }, (id) => hidden.has(id));
  } finally {
    log.close();
  }
}

async function askForForgeries(
  { stateDirectory }: ServerConfiguration,
  member: MemberId,
  from: string,
): Promise<ForgerySearch> {
  const answered = await giveOrder(stateDirectory, { order: "keys forgeries", member, from });
  if (answered === undefined)
    throw new SealwayError("bad_request", "the server is not running: it asks the peers");
  return answered.report as ForgerySearch;
}

async function attempt<Result>(work: () => Promise<Result>): Promise<Result | { readonly failure: string }> {
  try {
    return await work();
  } catch (thrown) {
    const { code, detail } = asSealwayError(thrown);
    return { failure: code === "internal_error" ? (thrown as Error).message : detail };
  }
}
