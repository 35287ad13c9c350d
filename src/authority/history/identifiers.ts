import { join } from "node:path";
import { DocumentError } from "../../trust/document-error.ts";
import type { ConfigurationContent } from "../../trust/global-configuration.ts";
import { appendLines, readLines } from "./line-file.ts";

const file = "identifiers.jsonl";

interface Line {
  readonly id: string;
  readonly state: "given" | "removed";
  /** ISO 8601. */
  readonly since: string;
}

/**
 * The members and subsystems that were ever published. Evidence names them for decades: an identifier that was removed is
 * never given again, be it to the same organisation.
 */
export class Identifiers {
  readonly #path: string;
  readonly #lines: Map<string, Line>;

  private constructor(path: string, lines: Map<string, Line>) {
    this.#path = path;
    this.#lines = lines;
  }

  /** Reads what earlier runs noted. */
  static async open(directory: string): Promise<Identifiers> {
    const path = join(directory, file);
    const lines = await readLines<Line>(path);
    return new Identifiers(path, new Map(lines.map((line) => [line.id, line])));
  }

  /** @throws DocumentError with the place in the registry for an identifier that was removed */
  check({ members }: Pick<ConfigurationContent, "members">): void {
    for (const [i, { id, subsystems }] of members.entries()) {
      this.#checkOne(id, `/members/${i}/id`);
      for (const [j, subsystem] of subsystems.entries())
        this.#checkOne(subsystem.id, `/members/${i}/subsystems/${j}/id`);
    }
  }

  #checkOne(id: string, place: string): void {
    const line = this.#lines.get(id);
    if (line?.state !== "removed") return;
    const problem = `${id} was removed at ${line.since}, and is never given again: choose another identifier`;
    throw new DocumentError("registry", place, problem);
  }

  /** Notes what is published from a time on, and what is not any more. */
  async note({ members }: Pick<ConfigurationContent, "members">, now: number): Promise<void> {
    const since = new Date(now).toISOString();
    const published = new Set<string>(
      members.flatMap(({ id, subsystems }) => [id, ...subsystems.map((one) => one.id)]),
    );
    const changed: Line[] = [];
    for (const id of published) if (!this.#lines.has(id)) changed.push({ id, state: "given", since });
    for (const { id, state } of this.#lines.values())
      if (state === "given" && !published.has(id)) changed.push({ id, state: "removed", since });
    if (changed.length === 0) return;
    await appendLines(this.#path, changed);
    for (const line of changed) this.#lines.set(line.id, line);
  }
}
