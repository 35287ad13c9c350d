import { randomBytes } from "node:crypto";
import { closeSync, openSync, readdirSync, readlinkSync, readSync, statSync, writeSync } from "node:fs";
import t from "tap";
import { SpoolFile, spoolBlockBytes, spoolWorkspaceBytes } from "../../src/exchange/spool-file.ts";
import { SpoolWriter } from "../../src/exchange/spool-writer.ts";

const workspace = Buffer.alloc(spoolWorkspaceBytes);

/** The nameless file, reached as only the same machine's administrator can: through the process's descriptors. */
function openSpoolOf(directory: string): string {
  const paths = readdirSync("/proc/self/fd").map((fd) => `/proc/self/fd/${fd}`);
  const found = paths.find((path) => linkOf(path).startsWith(directory));
  if (found === undefined) throw new Error("there is no open spool file");
  return found;
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

t.test("blocks come back as written, in any order and more than once", async (t) => {
  const file = new SpoolFile(t.testdir({}));
  const blocks = [randomBytes(spoolBlockBytes), randomBytes(spoolBlockBytes), randomBytes(7)];
  await Promise.all(blocks.map((block) => file.append(block)));
  for (const i of [2, 0, 1, 0]) t.ok((await file.read(i, blocks[i]!.length, workspace)).equals(blocks[i]!));
  file.close();
});

t.test("the file has no name, belongs to its owner alone and holds nothing in clear", async (t) => {
  const directory = t.testdir({});
  const file = new SpoolFile(directory);
  await file.append(Buffer.from("personal data ".repeat(1000)));
  t.strictSame(readdirSync(directory), []);
  const path = openSpoolOf(directory);
  t.equal(statSync(path).mode & 0o777, 0o600);
  const raw = Buffer.alloc(14_000);
  const fd = openSync(path, "r");
  readSync(fd, raw, 0, raw.length, 0);
  closeSync(fd);
  t.notOk(raw.includes("personal"));
  file.close();
});

t.test("a bit that the disk flipped is noticed before the block is given out", async (t) => {
  const directory = t.testdir({});
  const file = new SpoolFile(directory);
  await file.append(randomBytes(1000));
  const fd = openSync(openSpoolOf(directory), "r+");
  const byte = Buffer.alloc(1);
  readSync(fd, byte, 0, 1, 500);
  byte[0] = byte[0]! ^ 4;
  writeSync(fd, byte, 0, 1, 500);
  closeSync(fd);
  await t.rejects(file.read(0, 1000, workspace), { code: "spool_unavailable" });
  file.close();
});

t.test("blocks do not stand in for one another", async (t) => {
  const directory = t.testdir({});
  const file = new SpoolFile(directory);
  await file.append(randomBytes(spoolBlockBytes));
  await file.append(randomBytes(spoolBlockBytes));
  const fd = openSync(openSpoolOf(directory), "r+");
  const second = Buffer.alloc(spoolBlockBytes + 16);
  readSync(fd, second, 0, second.length, second.length);
  writeSync(fd, second, 0, second.length, 0);
  closeSync(fd);
  await t.rejects(file.read(0, spoolBlockBytes, workspace), { code: "spool_unavailable" });
  file.close();
});

t.test("a closed file gives nothing back and its descriptor away", async (t) => {
  const directory = t.testdir({});
  const file = new SpoolFile(directory);
  await file.append(randomBytes(1000));
  const running = file.read(0, 1000, workspace);
  file.close();
  file.close();
  t.equal((await running).length, 1000, "what runs is finished");
  await t.rejects(file.read(0, 1000, workspace));
  await t.resolves(noDescriptorFor(directory));
});

t.test("a body that was abandoned leaves no descriptor", async (t) => {
  const directory = t.testdir({});
  const writer = new SpoolWriter(directory, "sha256");
  writer.take(randomBytes(spoolBlockBytes * 2));
  writer.abandon();
  await t.resolves(noDescriptorFor(directory));
});

/** Descriptors are given back by a thread of their own: resolves when it has done so. */
async function noDescriptorFor(directory: string): Promise<void> {
  for (;;) {
    try {
      openSpoolOf(directory);
    } catch {
      return;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}
