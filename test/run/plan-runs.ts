import { dirname } from "node:path";

/** Files of tests that one process runs, one after the other. */
export type Run = readonly string[];

/** Rooms whose test files share processes: a process that has loaded and warmed up what they test spends half as much on the next. */
const shared =
  /^test\/(?:assembly|authority|catalogue|cli|core|exchange|http|message|messagelog|pki|policy|portal|tracker|trust)\/|^test\/store\/[^/]+$/;

/** Files of such rooms that need a process to themselves, by what they do. */
const alone: ReadonlyMap<string, string> = new Map([
  ["test/assembly/device-seals.test.ts", "loads the library of a device"],
  ["test/assembly/follow-nodes.test.ts", "holds back timers of the process"],
  ["test/assembly/keys/rotation.test.ts", "takes long"],
  ["test/authority/https.test.ts", "changes which CAs the process trusts"],
  ["test/cli/raise-quota.test.ts", "keeps files in the process's own directory"],
  ["test/cli/service-chapter.test.ts", "changes the working directory"],
  ["test/cli/service-check.test.ts", "keeps files in the process's own directory"],
  ["test/cli/service-life.test.ts", "keeps files in the process's own directory"],
  ["test/exchange/crash-consumer.test.ts", "takes long"],
  ["test/exchange/crash-provider.test.ts", "takes long"],
  ["test/exchange/overload.test.ts", "fills what a process takes"],
  ["test/exchange/peer-bad-input.test.ts", "counts signatures of the process"],
  ["test/exchange/streaming-memory.test.ts", "measures memory"],
  ["test/exchange/trust-failure.test.ts", "holds back timers of the process"],
]);

const mostTogether = 6;

/** The runs in which the files are tested: neighbours of a shared room together, the others each alone. */
export function planRuns(files: readonly string[]): readonly Run[] {
  const rooms = Map.groupBy(files, (file) => (shared.test(file) && !alone.has(file) ? dirname(file) : file));
  return [...rooms.values()].flatMap((room) => {
    const runs = Math.ceil(room.length / mostTogether);
    const size = Math.ceil(room.length / runs);
    return Array.from({ length: runs }, (_, i) => room.slice(i * size, (i + 1) * size));
  });
}
