import type { ShownAct, ShownAgreement } from "../assembly/agreement-orders.ts";
import type { Json } from "../core/canonical-json.ts";

/** Where it stands, in a few lines. */
export function summaryLines(shown: ShownAgreement): string[] {
  const { id, consumer, service, state, revision, proposal, suspended, conditions } = shown;
  return [
    `${id} is ${state}${revision === null ? "" : `, revision ${revision}`}`,
    `consumer ${consumer}`,
    `service  ${service}`,
    ...(proposal === null ? [] : [proposalLine(proposal)]),
    ...Object.entries(suspended).flatMap(([party, flag]) =>
      flag === null ? [] : [`suspended by the ${party} since ${timeOf(flag.since)}: ${flag.reason}`],
    ),
    ...conditions.map(({ attribute, kind, met, until }) => {
      const end = until === null ? "" : ` until ${timeOf(until)}`;
      return `condition ${attribute}, ${kind}: ${met ? `met${end}` : "not met: calls are refused"}`;
    }),
  ];
}

function proposalLine({ by, byLaw, deadline, revision }: NonNullable<ShownAgreement["proposal"]>): string {
  const end =
    deadline === null
      ? "when the provider has it, the deadline runs"
      : `in force by law on ${timeOf(deadline)}`;
  const law = byLaw === null ? "" : `; ${byLaw.provision} orders it: ${end}`;
  return `proposed by the ${by}: revision ${revision}${law}`;
}

/** A line for each act. */
export function agreementLines({ acts }: ShownAgreement): string[] {
  return acts.map((act) => {
    const why = act.reason === null ? "" : `: ${act.reason}`;
    const waits = act.standing === "waiting" ? " (waits for the other side)" : "";
    return `${timeOf(act.time)} ${act.act.padEnd(8)} ${act.by.padEnd(9)} revision ${act.revision} ${act.sha256}${waits}${why}`;
  });
}

/** All of it, to be read without this program. */
export function printedAgreement(shown: ShownAgreement): string[] {
  const { acts, instance, terms, termsDigest, proposal } = shown;
  return [
    `AGREEMENT ${shown.id}`,
    `Instance ${instance}`,
    "",
    ...summaryLines(shown),
    "",
    ...(terms === null ? [] : ["TERMS IN FORCE", `SHA-256 ${termsDigest}`, ...termLines(terms), ""]),
    ...(proposal === null
      ? []
      : ["TERMS PROPOSED", `SHA-256 ${proposal.termsDigest}`, ...termLines(proposal.terms), ""]),
    `ACTS (${acts.length})`,
    ...acts.flatMap((act, i) => ["", ...actLines(act, i + 1)]),
    "",
    "Each act is a signed statement (JWS) of the party named; its digest is the SHA-256 of the statement, in base64url.",
    "Times of acts are their makers'; a receipt is the signed word of the side that took the act.",
  ];
}

function actLines(act: ShownAct, number: number): string[] {
  const receipts = act.receipts.map(
    ({ by, time, sha256 }) => `   receipt   ${by}, ${timeOf(time)}, ${sha256}`,
  );
  return [
    `${number}. ${act.act} by the ${act.by}, ${timeOf(act.time)}`,
    `   about     revision ${act.revision}, terms ${act.terms}`,
    `   signer    ${act.signer}`,
    `   digest    ${act.sha256}`,
    `   follows   ${act.previous ?? "nothing: it is the first"}`,
    ...(act.reason === null ? [] : [`   reason    ${act.reason}`]),
    ...(act.attribute === null ? [] : [`   attribute ${act.attribute}`]),
    ...(act.until === null ? [] : [`   until     ${timeOf(act.until)}`]),
    ...(act.answers === null ? [] : ["   answers", ...termLines(act.answers).map((line) => `     ${line}`)]),
    ...(act.standing === "waiting" ? ["   waits for the other side, and has no effect before"] : []),
    ...receipts,
  ];
}

function termLines(terms: Json): string[] {
  return JSON.stringify(terms, undefined, 2).split("\n");
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
