import { SealwayError } from "../core/errors.ts";
import type { Agreements } from "../policy/agreements/agreements.ts";
import { loadAgreements } from "./load-parts.ts";

/** The agreements of the operator's folder, which may change while the server runs. */
export class AgreementFiles {
  readonly #directory: string | undefined;
  readonly #agreements: Agreements;
  readonly #isMadeByActs: (id: string) => boolean;

  /** @param isMadeByActs whether an id is that of an agreement that acts make, in force or not */
  constructor(directory: string | undefined, agreements: Agreements, isMadeByActs: (id: string) => boolean) {
    this.#directory = directory;
    this.#agreements = agreements;
    this.#isMadeByActs = isMadeByActs;
  }

  /**
   * Reads the folder anew: all of it counts from the next call on, or, when one file cannot be used, nothing of it.
   * @returns how many there are
   * @throws SealwayError `bad_request`
   */
  async reload(): Promise<number> {
    const files = new Map([...(await loadAgreements(this.#directory)).all()].map((one) => [one.id, one]));
    const held = [...this.#agreements.all()];
    const taken = [...files.keys()].find(this.#isMadeByActs);
    if (taken !== undefined)
      throw new SealwayError("bad_request", `${taken} is made by acts: a file cannot have its id`);
    for (const { id, standing } of held) {
      if (standing === undefined && !files.has(id)) this.#agreements.set(id, []);
    }
    for (const [id, file] of files) {
      if (this.#agreements.byId(id)[0]?.sha256 !== file.sha256) this.#agreements.set(id, [file]);
    }
    return files.size;
  }
}
