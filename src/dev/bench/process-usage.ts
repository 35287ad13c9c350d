import { readFileSync } from "node:fs";

/** What a process has used since its start, and the memory that it holds now. */
export interface Usage {
  readonly cpuMs: number;
  readonly mainThreadCpuMs: number;
  readonly residentMiB: number;
}

/** Linux counts CPU in hundredths of a second towards user space, on every architecture. */
const tickMs = 10;

/** Reads /proc (proc(5)). @returns undefined where there is none, or no such process */
export function readUsage(pid: number): Usage | undefined {
  try {
    return {
      cpuMs: cpuOf(`/proc/${pid}/stat`),
      mainThreadCpuMs: cpuOf(`/proc/${pid}/task/${pid}/stat`),
      residentMiB:
        Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024,
    };
  } catch {
    return undefined;
  }
}

/** The usage of several processes, by name; those that are gone are left out. */
export function readUsages(pids: Readonly<Record<string, number>>): Record<string, Usage> {
  const usages: Record<string, Usage> = {};
  for (const [name, pid] of Object.entries(pids)) {
    const usage = readUsage(pid);
    if (usage !== undefined) usages[name] = usage;
  }
  return usages;
}

/** User and system time; the name in parentheses before them may hold anything. */
function cpuOf(path: string): number {
  const text = readFileSync(path, "latin1");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}
