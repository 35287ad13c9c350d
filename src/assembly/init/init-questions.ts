/** One thing that `sealway init` asks when there is no file of answers. */
export interface Question {
  readonly text: string;
  /** Taken for an empty line; without it the question is asked again. */
  readonly usual?: string;
  /** Puts the answer where it belongs. */
  place(answers: Record<string, unknown>, answer: string): void;
}

const into = (name: string) => (answers: Record<string, unknown>, answer: unknown) => {
  answers[name] = answer;
};

/** In the order in which they are asked. */
export const questions: readonly Question[] = [
  {
    text: "Path of the anchor file that the governing authority handed over",
    usual: "anchor.json",
    place: into("anchor"),
  },
  {
    text: "URLs of the authority and its mirrors, separated by spaces",
    place: (answers, answer) => into("mirrors")(answers, wordsOf(answer)),
  },
  { text: "Identifier of this server: instance/class/member/server", place: into("server") },
  { text: "Name of the organisation", place: into("name") },
  {
    text: "Its country, two letters (empty: none)",
    usual: "",
    place: (answers, answer) => {
      if (answer !== "") into("country")(answers, answer);
    },
  },
  { text: "Whom others write to when something fails", place: into("contact") },
  {
    text: "Codes of its subsystems, separated by spaces (empty: none)",
    usual: "",
    place: (answers, answer) => {
      const subsystems = wordsOf(answer).map((code) => ({ code, name: code }));
      into("subsystems")(answers, subsystems);
    },
  },
  {
    text: "Host name or address at which other servers reach this one",
    place: (answers, host) => into("address")(answers, { host }),
  },
  {
    text: "Port for them",
    usual: "5500",
    place: (answers, answer) => {
      into("address")(answers, { ...(answers.address as object), port: Number(answer) });
    },
  },
];

function wordsOf(answer: string): string[] {
  return answer.split(/\s+/).filter((word) => word !== "");
}

/**
 * Asks everything, and what was not answered again.
 * @param ask resolves to a line of the operator
 */
export async function askQuestions(ask: (text: string) => Promise<string>): Promise<Record<string, unknown>> {
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
