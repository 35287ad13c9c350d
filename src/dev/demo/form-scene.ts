import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DescriptionDocument } from "../../catalogue/description-document.ts";
import { FormCheck } from "../../catalogue/form-check.ts";
import { parseQuestionTable } from "../../catalogue/form-list.ts";
import { checkPublication } from "../../catalogue/gate/check-publication.ts";
import { gateCodes } from "../../catalogue/gate/gate-codes.ts";
import { loadVocabulary } from "../../catalogue/vocabulary.ts";
import { services, vocabularyFile } from "../country/services.ts";
import type { FormAccount, FormRefusal, HeldQuestion } from "./event.ts";

/** What the city has in its drawer: the form on paper, and the service that was to take it. */
export const formFile = join(import.meta.dirname, "drafts/kindergarten-form.csv");
export const draftFile = join(import.meta.dirname, "drafts/kindergarten-place-form.json");

/** Which services the form has to be sent to, in the order of its questions. */
const holders = ["population/persons", "tax/income"];

/**
 * A form that asks parents for address and income is held against the catalogue; then the service that takes it is held
 * against the publishing gate, which must refuse it for the same two.
 */
export function playFormScene(number: number): FormAccount {
  const catalogue = services.map(({ description }) => description);
  const vocabulary = loadVocabulary([readFileSync(vocabularyFile)]);
  const questions = parseQuestionTable(formFile, readFileSync(formFile, "utf8"));
  const verdict = new FormCheck(catalogue, vocabulary).check(questions);
  const held: HeldQuestion[] = verdict.held.map(({ asked, element, service, predicates }) => {
    return { asked, element, service, predicates };
  });
  const draft = JSON.parse(readFileSync(draftFile, "utf8")) as DescriptionDocument;
  const refusals = refusalsOf(draft, catalogue, vocabulary);
  const named = holders.every(
    (name, i) => held[i]?.service.endsWith(`/${name}`) && refusals[i]?.detail.endsWith(`/${name}`),
  );
  return {
    event: "form",
    number,
    title: "A form that asks for what registers hold",
    scenario: 8,
    asks: draft.responsibleAuthority!,
    questions: questions.length,
    held,
    draft: draft.id,
    refusals,
    asExpected: named && held.length === holders.length && refusals.length === holders.length,
  };
}

function refusalsOf(
  document: DescriptionDocument,
  catalogue: readonly DescriptionDocument[],
  vocabulary: ReturnType<typeof loadVocabulary>,
): FormRefusal[] {
  const publicClasses = new Set(["GOV", "MUN"]);
  const against = { published: undefined, catalogue, vocabulary, publicClasses, exceptions: [] };
  return checkPublication({ document, ...against })
    .map(({ code, detail }) => ({ code, detail, ...gateCodes[code] }))
    .filter(({ severity }) => severity === "refused")
    .map(({ code, title, detail, remedy }) => ({ code, title, detail, remedy }));
}
