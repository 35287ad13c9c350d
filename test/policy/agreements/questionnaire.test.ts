import t from "tap";
import {
  checkAnswers,
  currentQuestionnaire,
  findAnswerFaults,
} from "../../../src/policy/agreements/questionnaire.ts";
import { answers } from "./acts.ts";

const good = answers.answers;

t.test(
  "the questionnaire can be asked: English and Chinese, and conditions on earlier questions alone",
  async (t) => {
    const earlier = new Set<string>();
    for (const question of currentQuestionnaire.questions) {
      t.notOk(earlier.has(question.id), `${question.id} stands once`);
      t.match(question.title, { en: /\S/, zh: /\p{Script=Han}/u }, question.id);
      for (const condition of question.when ?? [])
        t.ok(earlier.has(condition.question), `${question.id} depends on what was asked before`);
      if (question.kind === "choice")
        for (const { title } of question.options) t.match(title, { en: /\S/, zh: /\S/ }, question.id);
      earlier.add(question.id);
    }
  },
);

t.test("complete answers", async (t) => {
  t.strictSame(findAnswerFaults(currentQuestionnaire, good), []);
  t.doesNotThrow(() => checkAnswers(answers));
});

const faults: readonly (readonly [what: string, changes: object, question: string])[] = [
  ["nothing", { task: undefined }, "task"],
  ["less than it takes", { task: "Benefits." }, "task"],
  ["more than one line", { task: `${good.task}\n${good.task}` }, "task"],
  ["a text where yes or no is asked", { automated: "no" }, "automated"],
  ["another choice", { basis: "curiosity" }, "basis"],
  ["a part of a day", { "kept-for-days": 0.5 }, "kept-for-days"],
  ["fewer days than none", { "kept-for-days": -1 }, "kept-for-days"],
  ["no where only yes will do", { "every-field-needed": false }, "every-field-needed"],
  ["nothing to what a yes brings up", { automated: true }, "human-review"],
  ["nothing to what a no brings up", { "impact-assessed": false }, "no-assessment"],
  ["nothing to what a choice brings up", { "personal-data": "special" }, "special-condition"],
  ["nothing to what a number brings up", { "kept-for-days": 3654 }, "why-so-long"],
  ["what is not asked", { "human-review": "A caseworker looks at it again." }, "human-review"],
  ["a question that there is not", { price: 1 }, "price"],
  [
    "what a question that was not asked would bring up",
    { "own-task": false, "other-ground": "x".repeat(30) },
    "task-provision",
  ],
];
for (const [what, changes, question] of faults) {
  t.test(`incomplete: ${what}`, async (t) => {
    const given = JSON.parse(JSON.stringify({ ...good, ...changes }));
    const found = findAnswerFaults(currentQuestionnaire, given);
    t.strictSame(
      found.map((one) => one.question),
      [question],
    );
    t.throws(() => checkAnswers({ ...answers, answers: given }), { code: "questionnaire_incomplete" });
  });
}

t.test("another questionnaire, and a version that there is not", async (t) => {
  for (const changes of [{ questionnaire: "x" }, { version: 2 }])
    t.throws(() => checkAnswers({ ...answers, ...changes }), { code: "questionnaire_incomplete" });
});

t.test("what somebody answered is never told", async (t) => {
  const secret = "Jane Doe 12345";
  const wrong = { ...answers, answers: { ...good, [secret]: 1, automated: secret } };
  t.throws(() => checkAnswers(wrong), { message: /^(?!.*Jane)/ });
});

t.test("a name that every object has is no answer", async (t) => {
  const found = findAnswerFaults(currentQuestionnaire, JSON.parse('{"__proto__": 1, "toString": true}'));
  t.ok(found.some(({ question }) => question === "toString"));
});
