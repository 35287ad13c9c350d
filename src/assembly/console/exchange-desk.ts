import type {
  ExchangeDesk,
  ExchangeName,
  ShownHeads,
  SideName,
  ToldVerdict,
} from "../../admin/exchange-desk.ts";
import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import { parseExchange } from "../../message/exchange-document.ts";
import { findParts, ownSubsystem, peerSubsystem } from "../../messagelog/desk/find-parts.ts";
import { buildEvidencePackage } from "../../messagelog/evidence/evidence-package.ts";
import { collectEvidence } from "../../messagelog/evidence/evidence-package-collect.ts";
import { isDisclosedName } from "../../messagelog/evidence/package-layout.ts";
import { verifyJoined } from "../../messagelog/evidence/verify-joined.ts";
import { verifyPackage } from "../../messagelog/evidence/verify-package.ts";
import type { EvidenceReader } from "../../messagelog/evidence-reader.ts";
import { loadAnchor, writeAnchor } from "../../trust/anchor.ts";
import { openEvidence } from "../open-evidence.ts";
import { orderOtherSide } from "../order-other-side.ts";
import type { ServerConfiguration } from "../server-configuration.ts";
import { exchangeAccount, exchangeNamed } from "./exchange-account.ts";
import { openedValues } from "./opened-values.ts";
import { exportRecords } from "./records-export.ts";
import type { Turns } from "./turns.ts";

/**
 * Reads single exchanges of a server's log. The log is opened anew each time: a restriction or an erasure of this moment
 * counts.
 * @param turns of all who read the log for people
 */
export function exchangeDesk(configuration: ServerConfiguration, clock: Clock, turns: Turns): ExchangeDesk {
  // Exchange ids are chosen by consumers: two members may have records under one.
  const reading = <Answer>(
    members: ReadonlySet<string>,
    work: (reader: EvidenceReader) => Promise<Answer>,
  ): Promise<Answer> =>
    turns.take(async () => {
      const reader = await openEvidence(configuration, ({ member }) => members.has(member));
      try {
        return await work(reader);
      } finally {
        reader.close();
      }
    });
  const readingSide = <Answer>({ member }: SideName, work: (reader: EvidenceReader) => Promise<Answer>) =>
    reading(new Set([member]), work);
  const packed = (side: SideName, heads: ShownHeads, bodies: "shown" | undefined) =>
    readingSide(side, (reader) => packageOf(reader, configuration, side, { heads, bodies }));
  return {
    account: (name, members) => reading(members, (reader) => exchangeAccount(reader, name)),
    sideOf: (name, members) => reading(members, ({ log }) => sideIn(log, name)),
    package: (side, heads) => packed(side, heads, undefined),
    verify: async (side, other) => {
      const own = await packed(side, "shown", "shown");
      if (own === undefined) return undefined;
      // The anchor that this server was given, and none that a package brings.
      const options = { anchor: writeAnchor(await loadAnchor(configuration.anchor)), at: clock.now() };
      const judged = turns.take(() =>
        other === undefined ? verifyPackage(own, options) : verifyJoined([own, other], options),
      );
      const { verdict, findings }: ToldVerdict = await judged;
      return { verdict, findings };
    },
    open: (side, names) =>
      readingSide(side, async (reader) => {
        const { records: named } = exchangeNamed(await reader.log.find(side.exchange), side);
        const records = named.filter(({ role }) => role === side.role);
        return openedValues(await Promise.all(records.map((one) => reader.evidenceOf(one))), names);
      }),
    otherSide: async (side) => {
      const { client, exchange, role } = side;
      const parts = await readingSide(side, ({ log }) => findParts(log, exchange));
      const part = parts.find((one) => one.role === role && one.client === client);
      if (part === undefined) throw new SealwayError("nothing_here", "no such exchange");
      const [own, peer] = [ownSubsystem(part), peerSubsystem(part)];
      return orderOtherSide(configuration, { exchange, own, peer });
    },
    export: (question) => turns.take(() => exportRecords(configuration, clock, question)),
  };
}

async function sideIn(log: EvidenceReader["log"], name: ExchangeName): Promise<SideName | undefined> {
  const { exchange } = name;
  const { records } = exchangeNamed(await log.find(exchange), name);
  const one = records.find(({ role }) => role === "consumer") ?? records[0];
  return one && { exchange, client: parseExchange(one.exchange).client, member: one.member, role: one.role };
}

async function packageOf(
  reader: EvidenceReader,
  { anchor }: ServerConfiguration,
  { client, exchange, role }: SideName,
  { heads, bodies }: { readonly heads: ShownHeads; readonly bodies: "shown" | undefined },
): Promise<Buffer | undefined> {
  const shown = heads === "shown" ? heads : { openings: heads.openings.filter(isDisclosedName) };
  const collected = await collectEvidence(reader, exchange, await loadAnchor(anchor), {
    ...{ role, client, heads: shown, bodies },
  });
  if (collected.outcome === "not-sealed")
    throw new SealwayError("evidence_pending", "the exchange waits for its time-stamp");
  return collected.outcome === "collected" ? buildEvidencePackage(collected.parts) : undefined;
}
