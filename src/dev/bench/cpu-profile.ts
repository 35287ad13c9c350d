import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The parts of V8's `.cpuprofile` that are read: a tree of call frames, and which of them was seen running when. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  /** Microseconds on the machine's monotonic clock. */
  readonly startTime: number;
  readonly samples: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[];
}

/** From and to, microseconds on the machine's monotonic clock. */
export type ProfileSpan = readonly [from: number, to: number];

/** One thread: its time at work and the functions that it spent it in. */
export interface ThreadProfile {
  readonly pid: number;
  /** 0 is the main thread. */
  readonly thread: number;
  readonly busyMs: number;
  /** By self time, most first. */
  readonly functions: readonly { readonly name: string; readonly selfMs: number }[];
}

const notWork = new Set(["(idle)", "(root)"]);

/**
 * Reads the profiles that node wrote into a directory, busiest thread first.
 * @param spans what counts; the rest was starting, warming up, or waiting
 */
export async function readProfiles(
  directory: string,
  spans: readonly ProfileSpan[],
): Promise<ThreadProfile[]> {
  const profiles: ThreadProfile[] = [];
  for (const file of await readdir(directory)) {
    // CPU.{date}.{time}.{pid}.{thread}.{sequence}.cpuprofile
    const [, pid, thread] = /^CPU\.\d+\.\d+\.(\d+)\.(\d+)\.\d+\.cpuprofile$/.exec(file) ?? [];
    if (pid === undefined) continue;
    const profile = JSON.parse(await readFile(join(directory, file), "utf8")) as CpuProfile;
    profiles.push({ pid: Number(pid), thread: Number(thread), ...summarizeProfile(profile, spans) });
  }
  return profiles.sort((a, b) => b.busyMs - a.busyMs);
}

/** Adds up self times by function. */
export function summarizeProfile(
  profile: CpuProfile,
  spans: readonly ProfileSpan[],
): Pick<ThreadProfile, "busyMs" | "functions"> {
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const selfMs = new Map<string, number>();
  let busyMs = 0;
  let time = profile.startTime;
  for (const [i, id] of profile.samples.entries()) {
    const name = names.get(id) ?? "(unknown)";
    time += profile.timeDeltas[i] ?? 0;
    // A sample stands for the time until the next one.
    const ms = (profile.timeDeltas[i + 1] ?? 0) / 1000;
    if (notWork.has(name) || !spans.some(([from, to]) => time >= from && time < to)) continue;
    busyMs += ms;
    selfMs.set(name, (selfMs.get(name) ?? 0) + ms);
  }
  const functions = [...selfMs].map(([name, ms]) => ({ name, selfMs: ms }));
  return { busyMs, functions: functions.sort((a, b) => b.selfMs - a.selfMs) };
}

/** `verify src/message/verify-message.ts:70`; node's own files keep their name, packages lose what stands before it. */
function nameOf({ functionName, url, lineNumber }: CpuProfile["nodes"][number]["callFrame"]): string {
  const name = functionName === "" ? "(anonymous)" : functionName;
  if (url === "") return name;
  return `${name} ${placeOf(url)}:${lineNumber + 1}`;
}

const root = join(import.meta.dirname, "../../..");

function placeOf(url: string): string {
  if (!url.startsWith("file:")) return url;
  return relative(root, fileURLToPath(url)).replace(/^.*node_modules\//, "");
}
