import { into, type Question, wordsOf } from "./ask-questions.ts";

/** What `sealway init` asks, in this order. */
export const initQuestions: readonly Question[] = [
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
