/**
 * A document of the governing authority, or of the operator, that is not what it must be. It never reaches an
 * information system: it stops a start, or a new version from being published or taken into use.
 */
export class DocumentError extends Error {
  override readonly name = "DocumentError";
  readonly document: string;
  readonly place: string;
  readonly problem: string;

  /**
   * @param document the file or part, as its reader knows it
   * @param place JSON pointer into it, empty for the whole
   * @param problem what is wrong, for the person who can mend it
   */
  constructor(document: string, place: string, problem: string, options?: { cause?: unknown }) {
    super(`${document}${place && ` at ${place}`}: ${problem}`, options);
    this.document = document;
    this.place = place;
    this.problem = problem;
  }
}
