import { type Html, html } from "../../web/html.ts";
import { moment, table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { fill, named } from "../words/word-book.ts";
import type { MadeAgreement, ToldAct } from "./told-agreement.ts";
import { agreementsWords } from "./words.ts";

/** The acts that made the agreement, each with who signed it and what it says. */
export function actsOf(visit: Visit, { acts }: MadeAgreement): Html {
  const { acts: names, one: words, sides } = visit.words(agreementsWords);
  const heads = [
    words.act,
    words.by,
    words.time,
    words.about,
    words.reason,
    words.signer,
    words.sha256,
    words.receipts,
  ];
  const rows = acts.map((act) => [
    html`${named(names, act.act)}${act.standing === "waiting" ? html`<br><small>${words.waiting}</small>` : null}`,
    named(sides, act.by),
    moment(act.time),
    act.revision,
    [act.reason, act.attribute].filter((text) => text !== null).join(": "),
    html`<code>${act.signer}</code>`,
    html`<code>${act.sha256}</code>`,
    act.receipts.map(({ by, time }) => html`${named(sides, by)}, ${moment(time)}<br>`),
  ]);
  return html`<h2>${words.acts}</h2>${table(visit, words.acts, heads, rows)}${acts.map((act) => answersOf(visit, act))}`;
}

/** By the questions' names: a questionnaire of then is not the one of today. */
function answersOf(visit: Visit, { answers, revision }: ToldAct): Html | null {
  const { one: words, request } = visit.words(agreementsWords);
  if (answers === null) return null;
  const rows = Object.entries(answers.answers).map(([question, answer]) => [
    question,
    typeof answer === "boolean" ? (answer ? request.yes : request.no) : String(answer),
  ]);
  const caption = `${words.answers}, ${fill("{about} {revision}", { about: words.about, revision })}`;
  return html`<h2>${words.answers}</h2>${table(visit, caption, [words.question, words.answer], rows)}`;
}
