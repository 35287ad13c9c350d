export type Severity = "ok" | "info" | "warning" | "failure";

export interface FindingEntry {
  readonly severity: Severity;
  /** What it means for whoever relies on the package, a sentence. */
  readonly consequence: string;
}

const ok = "ok";
const info = "info";
const warning = "warning";
const failure = "failure";

/**
 * Everything that `sealway verify` can say, once. The codes are part of the specification of the package
 * (schemas/evidence/v1/README.md): they keep their meaning for ever.
 */
// biome-ignore format: a table is read by its columns
export const findingCodes = {
  // The package as a file: after one of these nothing else is looked at
  "package-unreadable":        { severity: failure, consequence: "This is no zip file, or it is cut short or damaged: ask for the package again." },
  "package-too-large":         { severity: failure, consequence: "The package unpacks to more than a verifier takes: it is no package that Sealway made." },
  "package-unsafe-name":       { severity: failure, consequence: "A name in the package would be written outside its folder, or is no name that a package has: do not unpack it." },
  "package-duplicate-name":    { severity: failure, consequence: "Two files have one name, so that two programs may show different ones: do not rely on either." },
  "package-ambiguous":         { severity: failure, consequence: "The directory of the zip and its files contradict each other, so that two programs may show different contents." },
  "manifest-missing":          { severity: failure, consequence: "There is no manifest.json: this is no evidence package." },
  "manifest-unreadable":       { severity: failure, consequence: "The manifest breaks its schema: this is no evidence package of version 1." },
  "manifest-version":          { severity: failure, consequence: "The package has a later version than this program knows: verify it with a newer release." },
  "anchor-unreadable":         { severity: failure, consequence: "The anchor cannot be read: get the anchor file of the governing authority." },

  // The files
  "files-complete":            { severity: ok,      consequence: "All files that the manifest lists are there and unaltered, and no others." },
  "file-altered":              { severity: failure, consequence: "The file is not the one that was put into the package." },
  "file-missing":              { severity: failure, consequence: "The file was taken out of the package." },
  "file-unlisted":             { severity: failure, consequence: "The file was put into the package later: it belongs to nothing that is proven." },
  "file-unknown":              { severity: failure, consequence: "The file has no place in a package: it belongs to nothing that is proven." },
  "manifest-contradicts":      { severity: failure, consequence: "The manifest describes other contents than the package has." },
  "extract-differs":           { severity: failure, consequence: "The file is not what stands in the signature file or the evidence record: commands that use it prove nothing." },
  "words-genuine":             { severity: ok,      consequence: "STATEMENT.txt and README.txt say what this release says of such a package." },
  "words-differ":              { severity: warning, consequence: "The text is not the one that this release writes: rely on these findings, and run no command from it unread." },

  // Whom to trust
  "anchor-given":              { severity: ok,      consequence: "Trust starts at the anchor that you gave." },
  "anchor-from-package":       { severity: warning, consequence: "Trust starts at the anchor inside the package: whoever made the package chose it. Give the authority's anchor with --anchor to rule out a forged country." },
  "anchor-missing":            { severity: failure, consequence: "There is no anchor in the package and none was given: nothing can be trusted." },
  "anchor-other-instance":     { severity: failure, consequence: "The anchor is of another instance than the package: nothing in it can be trusted under this anchor." },
  "anchor-differs":            { severity: info,    consequence: "The package brings another anchor than yours; it was ignored." },
  "demonstration":             { severity: warning, consequence: "The instance is a demonstration: its keys are nobody's, and the package proves nothing about real agencies." },
  "purpose-differs":           { severity: failure, consequence: "The package says another purpose (production or demonstration) than the anchor." },
  "configuration-signed":      { severity: ok,      consequence: "The governing authority signed this configuration." },
  "configuration-invalid":     { severity: failure, consequence: "The configuration was not signed by the authority that the anchor names: whom its certificates belong to is not proven." },
  "configuration-stray":       { severity: failure, consequence: "The file is not covered by any signature of the governing authority: it is not part of the configuration." },
  "configuration-missing":     { severity: failure, consequence: "The configuration that the message names is not in the package: whom the certificate belonged to is not proven." },
  "configuration-current":     { severity: ok,      consequence: "The authority's own time-stamp says that this configuration was the newest." },
  "configuration-currency-unproven": { severity: info, consequence: "That no newer configuration existed at that time is not proven; that the authority signed this one is." },
  "anchor-certificate-unlisted": { severity: failure, consequence: "A certificate in anchors/ is not one that the configuration lists: commands that use it prove nothing." },

  // One message: its documents
  "signature-form":            { severity: ok,      consequence: "The signature has the form of the signature policy (JAdES baseline B)." },
  "signature-missing":         { severity: failure, consequence: "There is no signature file: nobody answers for this message." },
  "signature-file-malformed":  { severity: failure, consequence: "The signature file has not the form that was frozen under the time-stamp." },
  "signature-malformed":       { severity: failure, consequence: "The signature breaks the signature policy." },
  "signature-valid":           { severity: ok,      consequence: "The holder of the certificate's key signed exactly these digests." },
  "signature-invalid":         { severity: failure, consequence: "The signature was not made with the certificate's key over these digests: nobody answers for this message." },
  "digest-matches":            { severity: ok,      consequence: "The document is, byte for byte, the one that was signed." },
  "digest-mismatch":           { severity: failure, consequence: "The document is not the one that was signed." },
  "exchange-missing":          { severity: failure, consequence: "The account of the exchange is not in the package: what was signed is not known." },
  "exchange-well-formed":      { severity: ok,      consequence: "The account of the exchange has one reading only (schema and canonical form)." },
  "exchange-malformed":        { severity: failure, consequence: "The account of the exchange breaks its schema or canonical form." },
  "exchange-misplaced":        { severity: failure, consequence: "The message is of another exchange, instance or type than its place in the package says." },
  "head-agrees":               { severity: ok,      consequence: "Request line, status and headers tell the same as the account of the exchange." },
  "head-malformed":            { severity: failure, consequence: "The head cannot be read in one way only." },
  "head-contradicts":          { severity: failure, consequence: "The signer signed two documents that contradict each other." },
  "head-withheld":             { severity: info,    consequence: "Request line, headers and openings were left out of this package: only their digest is proven." },
  "head-erased":               { severity: info,    consequence: "Whoever made the package says that the head was erased: only its digest is proven." },
  "head-digest-missing":       { severity: warning, consequence: "The file with the digest of the absent head is not there; the signed digest is known from the signature." },
  "openings-fit":              { severity: ok,      consequence: "The persons, case and permission that the head names are the ones that the signer committed to." },
  "opening-fits":              { severity: ok,      consequence: "The value that is disclosed is the one that the signer committed to." },
  "opening-wrong":             { severity: failure, consequence: "The value that is disclosed is not the one that the signer committed to." },
  "body-matches":              { severity: ok,      consequence: "The body is, byte for byte, the one that the signed head binds." },
  "body-mismatch":             { severity: failure, consequence: "The body is not the one that the signed head binds." },
  "body-unproven":             { severity: warning, consequence: "Without the head nothing binds the body: it is not proven that it belongs to this message." },
  "body-not-kept":             { severity: info,    consequence: "The body is not in the package; its digest and length are signed, so that a copy from elsewhere can be checked." },
  "policy-present":            { severity: ok,      consequence: "The signature policy that the signer referred to is in the package." },
  "policy-missing":            { severity: warning, consequence: "The signature policy is not in the package; its digest is signed." },
  "policy-differs":            { severity: failure, consequence: "The signature policy in the package is not the one that the signer referred to." },
  "document-present":          { severity: ok,      consequence: "The document in force that the message refers to is in the package." },
  "document-missing":          { severity: warning, consequence: "A document that the message refers to is not in the package: what it said on that day is not shown. Its digest is signed." },
  "publication-proven":        { severity: ok,      consequence: "The provider signed the service description in force when it published it, and the governing authority countersigned it." },
  "publication-unproven":      { severity: info,    consequence: "That the provider itself published the service description is not shown: the act is not in the package. The governing authority signed for the description." },
  "publication-invalid":       { severity: failure, consequence: "The act that published the service description was not made by a good seal of the provider, or not countersigned by the governing authority." },
  "document-misplaced":        { severity: failure, consequence: "The document is not the one of its kind and service that the message refers to." },

  // The permission of a person by which the answer was given, at the time of the exchange
  "permission-signed":         { severity: ok,      consequence: "The member that disclosed signed what the permission says, from revision to revision. That it did so before the exchange is its own word, unless the person's act is shown." },
  "permission-permitted":      { severity: ok,      consequence: "The permission was given and in force, for this client, service and purpose, and covers what was told; the fields are not judged of a message, nor where the description is not in the package, nor days where the request is not shown. How often it had been used, and that nothing came after this revision, is the word of who disclosed." },
  "permission-represented":    { severity: info,    consequence: "Somebody acted for the person whom the permission is about. The statement names by which power, and the exchange by which the provider asked the register that knows of it: what the register answered is proven by the evidence of that exchange." },
  "permission-not-permitting": { severity: failure, consequence: "The permission that is named did not permit this exchange: something was told that nobody had permitted." },
  "permission-invalid":        { severity: failure, consequence: "What is shown as the permission is not what the member that disclosed signed, or not the one that the message names." },
  "permission-not-shown":      { severity: info,    consequence: "It was told by a person's permission that is not in the package: that there was one is the word of who disclosed." },
  "permission-act-proven":     { severity: ok,      consequence: "The person signed in for the very text of the permission: the identity provider's token is over its digest. That the key is the identity provider's must be compared with the provider." },
  "permission-act-withheld":   { severity: info,    consequence: "The token and the text by which the person gave the permission were left out, since they name the person; their digests are signed." },
  "permission-act-declared":   { severity: info,    consequence: "That the person gave the permission is the word of the officer whom the statement names: there was no sign-in." },
  "permission-act-wrong":      { severity: failure, consequence: "What is shown as the person's act is not the one that the statement refers to: it does not prove that the person gave the permission." },

  // One message: its signer, at the proven time
  "signer-bound":              { severity: ok,      consequence: "On that day the certificate was registered as the seal of this member, for use on this server. What kind of seal it makes is its CA's word." },
  "signer-unknown":            { severity: failure, consequence: "On that day the certificate was registered for nobody: whose signature it is, is not proven." },
  "signer-other-member":       { severity: failure, consequence: "The certificate belonged to another member than the one that the message names." },
  "signer-other-server":       { severity: failure, consequence: "The server that the message names was not allowed to use this certificate, or did not serve this subsystem." },
  "signer-not-granted":        { severity: failure, consequence: "The registration of the certificate did not hold at the proven time." },
  "seal-class-too-low":        { severity: failure, consequence: "The members of this class needed another kind of electronic seal on that day: what this one sealed was not to be accepted." },
  "signer-not-judged":         { severity: info,    consequence: "Without a trusted configuration it is not known whose certificate this is." },
  "certificate-valid":         { severity: ok,      consequence: "The certificate was issued by the listed CA and valid at the proven time." },
  "certificate-not-valid":     { severity: failure, consequence: "The certificate was not valid at the proven time." },
  "certificate-unfit":         { severity: failure, consequence: "The certificate is not made for seals, or its key is too weak." },
  "certificate-chain":         { severity: failure, consequence: "The certificate was not issued by the CA that the configuration lists." },
  "certificate-expired-since": { severity: info,    consequence: "The certificate has expired since. The signature was proven to exist before, so nothing is lost." },
  "ca-granted":                { severity: ok,      consequence: "The CA was approved at the proven time." },
  "ca-not-granted":            { severity: failure, consequence: "The CA was not approved at the proven time: its certificates count for nothing." },
  "ocsp-good":                 { severity: ok,      consequence: "The CA said, close enough to the proven time, that the certificate was not revoked." },
  "ocsp-missing":              { severity: failure, consequence: "No word of the CA on the certificate is kept: that it was not revoked is not proven." },
  "ocsp-revoked":              { severity: failure, consequence: "The certificate was revoked or suspended: the signature may be anybody's." },
  "ocsp-stale":                { severity: failure, consequence: "The CA's word was too old at the proven time: that the certificate was not revoked then is not proven." },
  "ocsp-just-aged":            { severity: warning, consequence: "The CA's word was fresh at signing and passed its limit minutes before the time-stamp." },
  "ocsp-invalid":              { severity: failure, consequence: "What is kept as the CA's word on the certificate is none." },

  // One message: its time
  "time-proven":               { severity: ok,      consequence: "The signature and the account of the exchange existed, unaltered, at this time." },
  "time-claimed-only":         { severity: info,    consequence: "Without a good evidence record the time is only the signer's word; the certificate is judged at it all the same." },
  "evidence-renewed":          { severity: ok,      consequence: "The time-stamp was renewed while its certificates were valid, at these times." },
  "head-under-old-digest":     { severity: info,    consequence: "A hash-tree renewal covers the signature file and the account of the exchange. The head is under the digest that the signature file has of it, as strong as that digest is." },
  "evidence-missing":          { severity: failure, consequence: "There is no evidence record: that the message existed at any time is not proven." },
  "evidence-malformed":        { severity: failure, consequence: "The evidence record is malformed." },
  "evidence-without-signature":{ severity: failure, consequence: "The evidence record does not cover the signature file: the signature may have been made later." },
  "evidence-of-another-record":{ severity: failure, consequence: "The evidence record covers other documents: it proves nothing about this message." },
  "evidence-not-renewed":      { severity: failure, consequence: "The time-stamp's certificates expired before it was renewed: its time can be doubted since." },
  "evidence-inconsistent":     { severity: failure, consequence: "The time-stamps of the evidence record do not follow each other as they must." },
  "token-invalid":             { severity: failure, consequence: "The time-stamp is not valid: the time is not proven." },
  "tsa-unknown":               { severity: failure, consequence: "The time-stamp comes from an authority that the configuration does not list: its time is a stranger's word." },
  "tsa-granted":               { severity: ok,      consequence: "The time-stamping authority was approved at that time." },
  "tsa-not-granted":           { severity: failure, consequence: "The time-stamping authority was not approved at that time." },
  "tsa-policy":                { severity: failure, consequence: "The time-stamp was made under a policy that is not approved." },
  "tsa-certificate-expired":   { severity: failure, consequence: "A certificate of the time-stamping authority was not valid at the time of the time-stamp." },
  "tsa-revoked":               { severity: failure, consequence: "The certificate of the time-stamping authority was revoked: its time-stamps can be doubted." },
  "tsa-revocation-unproven":   { severity: warning, consequence: "That the certificate of the time-stamping authority was not revoked is not kept with the time-stamp: ask its CA." },
  "times-contradict":          { severity: failure, consequence: "The times that the signer claims contradict each other or the time-stamp." },
  "time-stamped-late":         { severity: warning, consequence: "The time-stamp is much later than the signer's own time: between the two there is only the signer's word." },

  // The exchange
  "answer-bound":              { severity: ok,      consequence: "The answer is the provider's answer to exactly this request." },
  "answer-of-another-request": { severity: failure, consequence: "The answer was given to another request." },
  "answer-contradicts-request":{ severity: failure, consequence: "Request and answer contradict each other." },
  "answer-missing":            { severity: info,    consequence: "The package has no answer: what was asked is proven, whether and what was answered is not." },
  "request-missing":           { severity: warning, consequence: "The package has an answer without the request that it answers." },
  "answer-without-request":    { severity: info,    consequence: "The call was refused before a request was signed." },

  // Both sides' packages, joined
  "sides-agree":              { severity: ok,      consequence: "Both sides' logs hold this very message: neither can say that it was another." },
  "sides-both-timed":         { severity: ok,      consequence: "Both sides had the message time-stamped, each in its own log." },
  "sides-differ":             { severity: failure, consequence: "Each side holds another message under the same exchange id: both were signed, and one of the signers must explain it." },
  "sides-answer-not-received":{ severity: warning, consequence: "One log has the provider's answer, the other the consumer's own conclusion that no good one came: it was given, and it did not arrive." },
  "sides-message-one-sided":  { severity: warning, consequence: "One of the two packages lacks this message: the other side does not confirm it." },
  "sides-one-log":            { severity: warning, consequence: "Both packages come from one log: nothing in them is confirmed by the other side." },
  "sides-other-exchange":     { severity: failure, consequence: "The two packages are about different exchanges: they say nothing about each other." },
} as const satisfies Record<string, FindingEntry>;

export type FindingCode = keyof typeof findingCodes;

/** What makes a package unusable rather than invalid: nothing in it was judged. */
export type UnusableCode =
  | "package-unreadable"
  | "package-too-large"
  | "package-unsafe-name"
  | "package-duplicate-name"
  | "package-ambiguous"
  | "manifest-missing"
  | "manifest-unreadable"
  | "manifest-version"
  | "anchor-unreadable";
