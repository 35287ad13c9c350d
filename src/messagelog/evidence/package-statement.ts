import { memberOf, providerOf } from "../../core/ids.ts";
import type { ExchangeDocument } from "../../message/exchange-document.ts";
import { sealClassOf, sealClassTitles } from "../../pki/seal-class.ts";
import type { MessageFacts, PackageFacts } from "./package-facts.ts";
import type { MessageFolder } from "./package-layout.ts";
import { Remembered } from "./remembered.ts";

/**
 * STATEMENT.txt: what the package proves, what in it is only somebody's word, and what it does not prove, for people
 * who judge it and read no code. Written from the accounts of the exchange alone: it names no person.
 */
export function statementText(facts: PackageFacts): string {
  const { instance, exchangeId, messages } = facts;
  return [
    `PROOF OF EXCHANGE ${exchangeId}`,
    `in the instance ${instance}`,
    ...(facts.purpose === "demonstration" ? ["", ...demonstration] : []),
    "",
    "This text explains; it proves nothing itself. What follows under 1 holds if `sealway verify` calls the package",
    "valid under the anchor of the governing authority, or if all commands in README.txt give what is said there.",
    "",
    "1. WHAT IS PROVEN",
    ...messages.flatMap((message) => ["", ...proven(message)]),
    ...binding(messages),
    "",
    "2. WHAT IS ONLY ASSERTED",
    "",
    ...messages.flatMap(asserted).map(bullet),
    ...[...new Set(messages.flatMap(absent))].map(bullet),
    "",
    "3. WHAT IS NOT PROVEN",
    "",
    ...notProven.map(bullet),
    "",
  ].join("\n");
}

const demonstration = [
  "DEMONSTRATION. The keys and certificates are nobody's: this package shows how a proof looks and proves nothing",
  "about real agencies or persons.",
];

const titles: Readonly<Record<MessageFolder, string>> = {
  request: "The request",
  response: "The answer",
  refusal: "The refusal",
  fault: "The report that there was no answer",
};

function proven({ folder, document, genTime, head, certificate }: MessageFacts): string[] {
  const { client, service, endpoint, from, to, agreement, configuration } = document;
  const call = endpoint === null ? service.id : `${service.id}, ${endpoint.method} ${endpoint.template}`;
  return [
    `${titles[folder]} (folder ${folder}/)`,
    bullet(`was sealed by ${sealedBy(document)}, on the security server ${from}, for the server ${to};`),
    bullet(`bears ${sealClassTitles[sealClassOf(certificate)]}, by the word of the CA in the certificate;`),
    bullet(`is about a call by ${client} to ${call};`),
    ...outcome(document).map(bullet),
    bullet(`existed, unaltered since, at ${instant(genTime)} (time-stamp of an approved authority);`),
    bullet(
      "the certificate of the seal was registered for that member in the global configuration of that day, version " +
        `${configuration.version}, and the CA had not revoked it;`,
    ),
    ...(agreement === null
      ? []
      : [bullet(`names the agreement ${agreement.id}, revision ${agreement.revision};`)]),
    bullet(
      head === "present"
        ? "had exactly the request line or status, headers and openings in `head`, and the body whose digest stands there."
        : "had a head (request line or status, headers, digest of the body) of which only the digest is shown here.",
    ),
  ];
}

function sealedBy({ signerRole, type, client, service, from }: ExchangeDocument): string {
  if (signerRole === "server-owner") return `the owner of ${from}`;
  const isClients = type === "request" || signerRole === "client";
  return `the member ${memberOf(isClients ? client : providerOf(service.id))}`;
}

function outcome({ decision, fault }: ExchangeDocument): string[] {
  const lines: string[] = [];
  if (decision?.verdict === "deny") lines.push(`says that a rule forbade the call: ${decision.code};`);
  if (decision !== null && decision.fieldsRemoved.length > 0) {
    const removed = decision.fieldsRemoved.join(", ");
    lines.push(`says that these fields were removed before sealing, as far as there were any: ${removed};`);
  }
  if (fault !== null) lines.push(`says that nobody answered: ${fault.code}, at the ${fault.hop};`);
  return lines;
}

function binding([first, second]: readonly MessageFacts[]): string[] {
  if (first === undefined || second === undefined) return [];
  return [
    "",
    `${titles[second.folder]} belongs to this very request: it holds the digest of the request's signature.`,
  ];
}

function asserted({ folder, document, signature }: MessageFacts): string[] {
  const { user, caseReference, subjects, representedParty, decisionUse, emergency, lawfulBasis } = document;
  const words = [
    `${folder}/: that it was sealed at ${instant(signature.header.iat * 1000)} is the signer's word; the proven time is above.`,
  ];
  if (user !== null) {
    const how =
      user.assurance.kind === "authenticated" ? "says that it authenticated" : "names without proof";
    words.push(
      `${folder}/: the user on whose behalf the call was made is one that the asking member ${how}.`,
    );
  }
  if (caseReference !== null)
    words.push(`${folder}/: that the call belongs to a case is the asking member's word.`);
  if (representedParty !== null)
    words.push(`${folder}/: that the client acts for ${representedParty} is its word.`);
  if (decisionUse !== null)
    words.push(`${folder}/: the use that the answer is put to (${decisionUse}) is its word.`);
  if (lawfulBasis !== null) {
    const { basis, provision } = lawfulBasis;
    words.push(`${folder}/: that it rests on ${basis}, by ${provision} (percent-encoded), is its word.`);
  }
  if (emergency !== null)
    words.push(
      `${folder}/: the client claims emergency access; the reason is committed to, and the head opens it.`,
    );
  if (subjects.length > 0) {
    words.push(
      `${folder}/: ${subjects.length} person(s) or organisation(s) are named by commitments. Whoever has an opening can prove which one; nobody else can find out.`,
    );
  }
  return words;
}

function absent({ head, body }: MessageFacts): string[] {
  const words: string[] = [];
  if (head === "erased")
    words.push("That an absent head was erased is the word of whoever made this package.");
  if (head === "withheld") words.push("An absent head was left out by whoever made this package.");
  if (body === "absent") words.push("Bodies that are not here: the log keeps digests of bodies by default.");
  return words;
}

const notProven = [
  "That what the answer says is true: the provider answers for it, this package proves that the provider said it.",
  "That a person read, received or understood anything.",
  "That there was no other exchange, or none before or after this one.",
  "The words of STATEMENT.txt, README.txt and manifest.json.",
];

/** The texts of many packages have most of their lines in common. */
const bullets = new Remembered<string>(1024);

/** Wrapped at 118 characters. */
function bullet(text: string): string {
  return bullets.get(text, () => wrapped(text));
}

function wrapped(text: string): string {
  const lines: string[] = [];
  let line = "- ";
  for (const word of text.split(" ")) {
    if (line.length + word.length > 118) {
      lines.push(line.trimEnd());
      line = "  ";
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()].join("\n");
}

function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
