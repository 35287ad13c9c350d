import { type FindingCode, findingCodes, type Severity, type UnusableCode } from "./finding-codes.ts";

/** One thing that a verification looked at. */
export interface Finding {
  readonly code: FindingCode;
  /** File or folder of the package; `package` for the whole. */
  readonly place: string;
  readonly severity: Severity;
  readonly consequence: string;
  /** What in particular; never personal data. */
  readonly detail?: string;
}

/** A package of which nothing can be judged. */
export class UnusablePackage extends Error {
  override readonly name = "UnusablePackage";
  readonly code: UnusableCode;
  readonly place: string;
  readonly detail: string;

  constructor(code: UnusableCode, place: string, detail: string) {
    super(`${place}: ${detail}`);
    this.code = code;
    this.place = place;
    this.detail = detail;
  }
}

/** Collects all findings of one verification, in the order in which they are made. */
export class Findings {
  readonly #list: Finding[] = [];

  get all(): readonly Finding[] {
    return this.#list;
  }

  get hasFailure(): boolean {
    return this.#list.some(({ severity }) => severity === "failure");
  }

  add(code: FindingCode, place: string, detail?: string): void {
    const { severity, consequence } = findingCodes[code];
    this.#list.push({ code, place, severity, consequence, ...(detail !== undefined && { detail }) });
  }

  /** Adds `good` when the condition holds, else `bad`. @returns the condition */
  judge(condition: boolean, good: FindingCode, bad: FindingCode, place: string, detail?: string): boolean {
    this.add(condition ? good : bad, place, detail);
    return condition;
  }
}
