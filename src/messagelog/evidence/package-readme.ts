import type { MessageFacts, PackageFacts } from "./package-facts.ts";
import { anchorPath, caPath, policyPath, tsaPath } from "./package-layout.ts";
import { Remembered } from "./remembered.ts";

/*
 * README.txt: how to verify the package without Sealway. Lines that begin with four blanks and a letter are commands,
 * run in the unpacked folder by a POSIX shell with openssl 3; the tests run them.
 */

export function readmeText(facts: PackageFacts): string {
  return [
    `HOW TO VERIFY THIS PACKAGE (exchange ${facts.exchangeId})`,
    "",
    "With Sealway, which needs no network for it:",
    "",
    `  sealway verify PACKAGE.zip --anchor ANCHOR.json`,
    "",
    "ANCHOR.json is the anchor file of the governing authority, got from the authority itself. Without --anchor the",
    `one in ${anchorPath} is used, which proves nothing about who made the package.`,
    "",
    "WITHOUT SEALWAY, with openssl 3 and a POSIX shell, in the unpacked folder. `extracted/` holds what openssl cannot",
    "take out of the signature file and the evidence record by itself; each step says how that is checked.",
    `First make sure that the certificates in ${caPath} and ${tsaPath} are those of the approved authorities: ask`,
    "the governing authority, or compare them with a trusted list.",
    ...facts.messages.map((message) => remembered(message)),
    ...bindingLines(facts.messages),
    ...dssLines(facts.messages),
    "",
  ].join("\n");
}

/** By what the lines say. */
const known = new Remembered<string>(256);

function remembered(message: MessageText): string {
  const { folder, head, body, genTime, responses } = message;
  return known.get([folder, head, body, genTime, responses].join(" "), () =>
    messageLines(message).join("\n"),
  );
}

type MessageText = Pick<MessageFacts, "folder" | "head" | "body" | "genTime" | "responses">;

function messageLines(message: MessageText): string[] {
  const { folder } = message;
  return [
    "",
    `== ${folder}/ ==`,
    "",
    "1. What was signed. The header of the signature holds the digests of `exchange` and `head` (hashV, in this order);",
    "   it is the `protected` part of signature.jws.json.",
    "",
    `    grep -c "\\"protected\\":\\"$(tr -d . < ${folder}/extracted/signing-input)\\"" ${folder}/signature.jws.json`,
    `    [ "$(${base64Url(`cat ${folder}/extracted/header.json`)})." = "$(cat ${folder}/extracted/signing-input)" ] && echo same`,
    `    grep -o '"hashV":[^]]*' ${folder}/extracted/header.json`,
    `    ${digest(`${folder}/exchange`)}`,
    ...headLines(message),
    "",
    "   The first prints 1, the second `same`; the others print digests that are equal to those of hashV.",
    "",
    "2. The signature, and that the certificate is the one in the header (x5t#S256). Prints `Verified OK`, and the",
    "   same digest twice.",
    "",
    `    openssl x509 -in ${folder}/extracted/signer.pem -noout -pubkey | openssl dgst -sha256 -verify /dev/stdin -signature ${folder}/extracted/signature.bin ${folder}/extracted/signing-input`,
    `    grep -o '"x5t#S256":"[^"]*' ${folder}/extracted/header.json`,
    `    openssl x509 -in ${folder}/extracted/signer.pem -outform DER | ${digest("")}`,
    ...bodyLines(message),
    ...timeLines(message),
    ...certificateLines(message),
  ];
}

function headLines({ folder, head }: MessageText): string[] {
  if (head === "present") return [`    ${digest(`${folder}/head`)}`];
  return [`    cut -c1-64 ${folder}/head.sha256 | ${fromHex} | ${base64Url("cat")}`];
}

function bodyLines({ folder, head, body }: MessageText): string[] {
  if (head !== "present") return [];
  const bits = folder === "request" ? 512 : 256;
  const lines = [
    "",
    "   The body is bound by a line of `head`, when there is one; a copy of it is checked like this:",
    "",
    `    grep -a -o 'sealway-content-digest:.*' ${folder}/head`,
  ];
  const command = `openssl dgst -sha${bits} -binary ${folder}/body | openssl base64 -A`;
  return body === "present" ? [...lines, `    ${command}`] : [...lines, `      ${command}`];
}

function timeLines({ folder, genTime }: MessageText): string[] {
  return [
    "",
    "3. The time. The first line of tree.txt holds the digests of signature.jws.json, exchange and maybe head; the",
    "   lists fold to the root, which the time-stamp is over. The lists and the time-stamp stand in evidence.ers",
    `   (RFC 4998; \`openssl asn1parse -inform DER -in ${folder}/evidence.ers\` shows them). The first command prints 1`,
    "   twice, the second one digest twice, the third `Verification: OK`, the fourth the time.",
    "",
    `    for f in signature.jws.json exchange; do head -n 1 ${folder}/extracted/tree.txt | grep -c "$(openssl dgst -sha256 -r ${folder}/$f | cut -c1-64)"; done`,
    `    r=; while read -r l; do r=$(echo $r $l | tr ' ' '\\n' | LC_ALL=C sort | ${fromHex} | openssl dgst -sha256 -r | cut -c1-64); done < ${folder}/extracted/tree.txt; echo $r; cat ${folder}/extracted/root.hex`,
    `    openssl ts -verify -digest $(cat ${folder}/extracted/root.hex) -in ${folder}/extracted/time-stamp.tst -token_in -CAfile ${tsaPath} -partial_chain -attime ${seconds(genTime)}`,
    `    openssl ts -reply -in ${folder}/extracted/time-stamp.tst -token_in -text | grep 'Time stamp'`,
  ];
}

function certificateLines({ folder, genTime, responses }: MessageText): string[] {
  const at = seconds(genTime);
  const certificate = `${folder}/extracted/signer.pem`;
  const issuer = `${folder}/extracted/issuer.pem`;
  const numbers = Array.from({ length: responses }, (_, i) => i + 1);
  return [
    "",
    `4. The certificate at that time (${new Date(at * 1000).toISOString()}), and what its CA said of it. Prints \`OK\`,`,
    "   `Response verify OK` and `good`; read the words: openssl exits with 0 for `revoked`, too. `This Update` must lie",
    "   before that time by no more than the instance's limit, `Next Update` after it; `Status times invalid` only says",
    "   that this is long ago. Of several responses the last one counts.",
    "",
    `    openssl verify -CAfile ${caPath} -partial_chain -attime ${at} ${certificate}`,
    ...numbers.map(
      (i) =>
        `    openssl ocsp -respin ${folder}/extracted/ocsp-${i}.der -issuer ${issuer} -cert ${certificate} -CAfile ${caPath} -verify_other ${issuer} -partial_chain -attime ${at} 2>&1`,
    ),
  ];
}

function bindingLines([request, answer]: readonly MessageFacts[]): string[] {
  if (request === undefined || answer === undefined) return [];
  const compact = `sed -E 's/.*"protected":"([^"]*)","signature":"([^"]*)".*/\\1..\\2/' ${request.folder}/signature.jws.json`;
  return [
    "",
    "== Request and answer ==",
    "",
    "5. The answer holds the digest of the request's signature. Prints the same digest twice.",
    "",
    `    grep -o '"request":"[^"]*' ${answer.folder}/exchange`,
    `    ${compact} | tr -d '\\n' | ${digest("")}`,
  ];
}

function dssLines(messages: readonly MessageFacts[]): string[] {
  return [
    "",
    "== With EU DSS (Digital Signature Service), as European auditors have it ==",
    "",
    "For each message: signature `signature.jws.json`; original documents `exchange` and `head`, under these names;",
    `evidence record \`evidence.ers\`; trusted certificates: those of ${caPath} and ${tsaPath}; signature policy:`,
    `${policyPath}.`,
    "Expect TOTAL_PASSED and JAdES-BASELINE-B. Look at the evidence record's own result as well, and make sure that it",
    "lists signature.jws.json among its objects: DSS does not insist on it, and without it the time proves nothing.",
    ...messages.filter(({ head }) => head !== "present").flatMap(digestDocumentLines),
  ];
}

function digestDocumentLines({ folder }: MessageFacts): string[] {
  return [
    "",
    `The head of ${folder}/ is not here. Give DSS a digest document in its place (Java: DigestDocument; REST: a document`,
    "with `digestAlgorithm` SHA256 and the digest as bytes, name `head`); the web form cannot take one. The digest in",
    "base64:",
    "",
    `    cut -c1-64 ${folder}/head.sha256 | ${fromHex} | openssl base64 -A`,
  ];
}

const fromHex = `perl -ne 's/\\s//g; print pack "H*", $_'`;

function base64Url(command: string): string {
  return `${command} | openssl base64 -A | tr '+/' '-_' | tr -d '='`;
}

function digest(path: string): string {
  return `${`openssl dgst -sha256 -binary ${path}`.trimEnd()} | openssl base64 -A | tr '+/' '-_' | tr -d '='`;
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
