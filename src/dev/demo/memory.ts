import { readFile } from "node:fs/promises";

/** Resident memory of a process, bytes. */
export interface MemoryUse {
  readonly name: string;
  readonly before: number;
  readonly most: number;
  readonly after: number;
}

/** A process to be watched. */
export interface Watched {
  readonly name: string;
  readonly pid: number;
}

const every = 50;

/**
 * Watches the resident memory of processes while something runs.
 * @returns undefined where the system has no `/proc`
 */
export async function watchMemory<Result>(
  processes: readonly Watched[],
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly memory: readonly MemoryUse[] | undefined }> {
  const before = await Promise.all(processes.map(residentBytes));
  if (before.includes(undefined)) return { result: await work(), memory: undefined };
  const most = before as number[];
  const look = async () => {
    const now = await Promise.all(processes.map(residentBytes));
    for (const [i, bytes = 0] of now.entries()) most[i] = Math.max(most[i]!, bytes);
    return now;
  };
  const first = [...most];
  const timer = setInterval(() => void look(), every);
  try {
    const result = await work();
    const after = await look();
    const memory = processes.map(({ name }, i) => {
      return { name, before: first[i]!, most: most[i]!, after: after[i] ?? 0 };
    });
    return { result, memory };
  } finally {
    clearInterval(timer);
  }
}

async function residentBytes({ pid }: Watched): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}
