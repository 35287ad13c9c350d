import type { FindingEntry } from "../evidence/finding-codes.ts";

const ok = "ok";
const info = "info";
const failure = "failure";

/**
 * What `sealway verify` can say of an archive beside the findings about single messages (`finding-codes.ts`). The codes
 * are part of the specification (schemas/archive/v1/README.md): they keep their meaning for ever.
 */
// biome-ignore format: a table is read by its columns
export const archiveFindingCodes = {
  // The archive as a directory: after one of these nothing else is looked at
  "archive-empty":             { severity: failure, consequence: "There is no segment in the directory: this is no archive." },

  // The segments and their files
  "segment-unreadable":        { severity: failure, consequence: "The segment has no manifest that can be read, or it is not the one that the folder's name says: nothing in the segment was judged." },
  "segment-version":           { severity: failure, consequence: "The segment has a later version than this program knows: verify it with a newer release." },
  "segment-signed":            { severity: ok,      consequence: "The owner of the server signed the list of all files of this segment." },
  "segment-not-signed":        { severity: failure, consequence: "The list of the segment's files has no signature: anybody may have put it together. What the messages prove by themselves is told all the same." },
  "segment-signature-invalid": { severity: failure, consequence: "The signature is not one of this list of files: anybody may have put the segment together." },
  "segment-signer-unproven":   { severity: failure, consequence: "The list of files was not signed with a seal of the server's owner: somebody else put the segment together." },
  "segment-signer-not-judged": { severity: info,    consequence: "Without a trusted configuration it is not known whose certificate signed the list of files." },
  "segment-follows":           { severity: ok,      consequence: "The segment names the one before it, and goes on where that one ends." },
  "segment-alone":             { severity: info,    consequence: "Only this segment was given: whether others belong before it was not judged." },
  "segment-missing":           { severity: failure, consequence: "Segments were left out: what was recorded in between is not here." },
  "segment-twice":             { severity: failure, consequence: "Two segments have one number: one of them does not belong to this archive." },
  "segment-replaced":          { severity: failure, consequence: "The segment follows another one than stands before it: one of the two was exchanged." },
  "segment-of-another-server": { severity: failure, consequence: "The segment is of another server's log than the one before it." },
  "segment-unfinished":        { severity: info,    consequence: "A run of the archiving was ended in the middle; the next run does it again. Nothing in the folder counts." },
  "file-not-regular":          { severity: failure, consequence: "There is a link or something else in the place of a file: it was not followed, and its content belongs to nothing that is proven." },
  "file-too-large":            { severity: failure, consequence: "The file is larger than any that Sealway makes: it was not read." },
  "line-malformed":            { severity: failure, consequence: "A line of the file is not one that an archive has: what it says was not judged." },
  "anchor-in-segment-differs": { severity: failure, consequence: "Segments of the archive bring different anchors: give the authority's own with --anchor." },

  // The chain of the records
  "record-chained":            { severity: ok,      consequence: "The record is the one that was committed behind the record before it." },
  "record-altered":            { severity: failure, consequence: "The record is not the one that was committed: something in it was changed, or records before it." },
  "record-missing":            { severity: failure, consequence: "Records were taken out." },
  "record-misplaced":          { severity: failure, consequence: "Another record stands here than the segment says: records were moved or exchanged." },
  "record-contradicts":        { severity: failure, consequence: "The record names another certificate than its signature." },
  "chain-contradicts":         { severity: failure, consequence: "The chain of the records does not go on where it ended: records were taken out, or put in." },

  // The batches
  "record-in-batch":           { severity: ok,      consequence: "The record, as it is here, is in the tree over which the time-stamp stands." },
  "record-not-in-batch":       { severity: failure, consequence: "The tree over which the time-stamp stands has another record in this place: this one has no proven time." },
  "batch-complete":            { severity: ok,      consequence: "The tree has these records, this index of persons, these documents and the root of the batch before it, and nothing else." },
  "batch-contradicts":         { severity: failure, consequence: "The tree over which the time-stamp stands has something else than the archive: it was changed or left out." },
  "batch-missing":             { severity: failure, consequence: "Batches were left out." },
} as const satisfies Record<string, FindingEntry>;
