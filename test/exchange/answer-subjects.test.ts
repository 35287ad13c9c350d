import fc from "fast-check";
import t from "tap";
import { locateAnswerSubjects } from "../../src/catalogue/locate-answer-subjects.ts";
import { loadVocabulary } from "../../src/catalogue/vocabulary.ts";
import { sha256, toBase64Url } from "../../src/core/bytes.ts";
import { clients } from "./country/plan.ts";
import { recordPlans, records } from "./country/records.ts";
import { type Ask, pathOf, SmallCountry } from "./country.ts";

/*
 * Whom an answer names: committed to in its signed account, and found in both logs.
 */

const scheme = "urn:dev:personal-code";
const country = await SmallCountry.start(t, { more: recordPlans });
const find = (changes: Partial<Ask> = {}): Ask => ({
  ...{ method: "POST", path: pathOf(records.observed, "/find"), body: '{"code":"38001010000"}' },
  headers: ["Content-Type", "application/json"],
  ...changes,
});
const answer = (document: unknown) =>
  country.register.answer({ headers: ["Content-Type", "application/json"], body: JSON.stringify(document) });
const tagsOf = ({ record }: { record: { tags: Buffer } }) =>
  (record.tags.length === 0 ? [] : JSON.parse(record.tags.toString())) as { role: string }[];

t.test("each person is committed to, and found on both sides", async (t) => {
  answer({ ...{ code: " 38001010000a " }, children: [{ code: "5" }, { code: "6" }, { code: "5" }, {}] });
  const { result, asking, answering } = await country.watch(() => country.ask(find()));
  t.equal(result.status, 200, result.body.toString());
  for (const message of [asking[1]!, answering[1]!]) {
    const { document, head } = message;
    t.equal(document.subjectCount, 3);
    t.same(
      document.subjects.map(({ role }) => role),
      ["in-answer", "in-answer", "in-answer"],
    );
    t.same(
      head.openings.subjects.map(({ value }) => value),
      ["38001010000A", "5", "6"],
    );
    t.same(
      tagsOf(message).map(({ role }) => role),
      ["in-answer", "in-answer", "in-answer"],
    );
  }
  const [request, response] = [answering[0]!, answering[1]!];
  t.not(request.document.subjects[0]?.c, response.document.subjects[0]?.c, "by nonces of their own");
});

t.test("who is cut from an answer is not in it", async (t) => {
  answer({ code: "38001010000", name: "Mari", address: {}, children: [{ code: "5" }] });
  const { asking, answering } = await country.watch(() => country.ask(find({ client: clients.inspection })));
  for (const [, message] of [asking, answering]) t.same(message?.document.subjects, []);
});

t.test("above thirty the list is committed to, and everybody is found", async (t) => {
  const children = Array.from({ length: 60 }, (_, i) => ({ code: `${(i * 7) % 60}` }));
  answer({ children });
  const { asking, answering } = await country.watch(() => country.ask(find()));
  const list = Array.from({ length: 60 }, (_, i) => `${i}`)
    .sort()
    .map((value) => `${value}\n`)
    .join("");
  for (const message of [asking[1]!, answering[1]!]) {
    t.equal(message.document.subjectCount, 60);
    t.equal(message.document.subjects.length, 1);
    t.equal(message.head.openings.subjects[0]?.value, toBase64Url(sha256(list)));
    t.equal(tagsOf(message).length, 60);
  }
  t.notOk(
    country.asking.logLines.some((line) => /answerSubjects/.test(line)),
    "both sides count alike",
  );
});

t.test("places are read as the description means them, and what is no identifier names nobody", async (t) => {
  const vocabulary = loadVocabulary();
  const at = (pointer: string, body: unknown) =>
    locateAnswerSubjects([{ pointer, scheme }], body, vocabulary).map(({ value }) => value);
  t.same(at("/a/*/b~1c", { a: [{ "b/c": "x" }, { "b/c": 7 }, { "b/c": "X " }] }), ["X", "7"]);
  t.same(at("/*", ["a", null, "", {}, 1.5, 2 ** 60, "a".repeat(1025), "\ufffd"]), ["A"]);
  t.same(at("/*/*", [["a"], ["b"], "c"]), ["A", "B"]);
  t.same(at("/constructor", {}), []);
  t.same(at("/a/*", { a: { "*": "x" } }), [], "of arrays only");
  const any = fc.property(fc.jsonValue(), fc.constantFrom("/a", "/*", "/*/a", "/a/*/b"), (body, pointer) => {
    return at(pointer, body).every((value) => value !== "" && value === value.trim());
  });
  t.doesNotThrow(() => fc.assert(any));
});
