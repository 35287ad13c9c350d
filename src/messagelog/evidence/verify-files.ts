import type { Findings } from "./finding.ts";
import { extracts } from "./package-extracts.ts";
import { readFacts } from "./package-facts.ts";
import { hasPlace, manifestPath, messageFolders, readmePath, statementPath } from "./package-layout.ts";
import type { Manifest } from "./package-manifest.ts";
import { readmeText } from "./package-readme.ts";
import { statementText } from "./package-statement.ts";
import { hexDigestOf } from "./read-once.ts";

/** Whether the files are those that the manifest lists, each with a place, and those that follow from others do. */
export function verifyFiles(
  manifest: Manifest,
  files: ReadonlyMap<string, Buffer>,
  findings: Findings,
): void {
  const before = findings.all.length;
  verifyList(manifest, files, findings);
  verifyDescription(manifest, files, findings);
  for (const { folder } of manifest.messages) verifyExtracts(folder, files, findings);
  if (findings.all.length === before) findings.add("files-complete", "package", `${files.size} files`);
  verifyWords(manifest, files, findings);
}

function verifyList(manifest: Manifest, files: ReadonlyMap<string, Buffer>, findings: Findings): void {
  const listed = new Set([manifestPath]);
  for (const { path, sha256: digest, length } of manifest.files) {
    const bytes = files.get(path);
    if (listed.has(path)) findings.add("manifest-contradicts", path, "it is listed twice");
    listed.add(path);
    if (bytes === undefined) findings.add("file-missing", path);
    else if (bytes.length !== length || hexDigestOf(bytes) !== digest) {
      findings.add("file-altered", path);
    }
  }
  for (const path of files.keys()) {
    if (!listed.has(path)) findings.add("file-unlisted", path);
    else if (!hasPlace(path)) findings.add("file-unknown", path);
  }
}

/** What the manifest says of messages and configurations agrees with the files that there are. */
function verifyDescription(
  { messages, configurations }: Manifest,
  files: ReadonlyMap<string, Buffer>,
  findings: Findings,
): void {
  const contradict = (place: string, detail: string) => findings.add("manifest-contradicts", place, detail);
  const folders = messages.map(({ folder }) => folder);
  const orderly = folders.length === 1 || (folders[0] === "request" && folders[1] !== "request");
  if (!orderly) contradict(manifestPath, "not a request and its answer");
  for (const folder of messageFolders) {
    const exists = [...files.keys()].some((path) => path.startsWith(`${folder}/`));
    if (exists && !folders.includes(folder)) contradict(folder, "a folder that the manifest does not name");
  }
  for (const { folder, head, body } of messages) {
    for (const [name, state] of [
      ["head", head],
      ["body", body],
    ] as const) {
      if (files.has(`${folder}/${name}`) !== (state === "present"))
        contradict(`${folder}/${name}`, `it is said to be ${state}`);
    }
    if (head === "present" && files.has(`${folder}/head.sha256`)) {
      contradict(`${folder}/head.sha256`, "the head is present");
    }
  }
  const versions = new Set([...files.keys()].flatMap(versionOf));
  for (const version of versions) {
    if (!configurations.includes(version))
      contradict(`context/configuration/${version}`, "a version that the manifest does not name");
  }
}

function versionOf(path: string): number[] {
  const version = /^context\/configuration\/(\d+)\//.exec(path)?.[1];
  return version === undefined ? [] : [Number(version)];
}

function verifyExtracts(folder: string, files: ReadonlyMap<string, Buffer>, findings: Findings): void {
  const made = extracts(files.get(`${folder}/signature.jws.json`), files.get(`${folder}/evidence.ers`));
  const prefix = `${folder}/extracted/`;
  for (const path of files.keys()) {
    if (!path.startsWith(prefix)) continue;
    const expected = made.get(path.slice(prefix.length));
    if (expected?.equals(files.get(path)!) !== true) findings.add("extract-differs", path);
  }
}

/** The texts are written anew and compared: a package must not make its reader run other commands than ours. */
function verifyWords(manifest: Manifest, files: ReadonlyMap<string, Buffer>, findings: Findings): void {
  const facts = readFacts(manifest, files);
  const texts = [
    [statementPath, facts && statementText(facts)],
    [readmePath, facts && readmeText(facts)],
  ] as const;
  for (const [path, text] of texts) {
    const bytes = files.get(path);
    if (bytes === undefined) continue;
    findings.judge(bytes.toString("utf8") === text, "words-genuine", "words-differ", path);
  }
}
