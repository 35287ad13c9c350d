/** One thing that is asked where there is no file of answers. */
export interface Question {
  readonly text: string;
  /** Taken for an empty line; without it the question is asked again. */
  readonly usual?: string;
  /** Puts the answer where it belongs. */
  place(answers: Record<string, unknown>, answer: string): void;
}

/** Puts an answer in one place. */
export const into = (name: string) => (answers: Record<string, unknown>, answer: unknown) => {
  answers[name] = answer;
};

/** Words that spaces separate. */
export function wordsOf(answer: string): string[] {
  return answer.split(/\s+/).filter((word) => word !== "");
}

/**
 * Asks everything, and what was not answered again.
 * @param ask resolves to a line of the operator
 */
export async function askQuestions(
  questions: readonly Question[],
  ask: (text: string) => Promise<string>,
): Promise<Record<string, unknown>> {
  const answers: Record<string, unknown> = {};
  for (const { text, usual, place } of questions) {
    let answer = "";
    do {
      answer = (await ask(`${text}${usual ? ` [${usual}]` : ""}: `)).trim() || (usual ?? "");
    } while (answer === "" && usual === undefined);
    place(answers, answer);
  }
  return answers;
}
