import type { AgreementActOrder } from "../../admin/admin-services.ts";
import { type Html, html } from "../../web/html.ts";
import { type Field, type Form, foldedForm, form, reasonField } from "../form.ts";
import { withQuery } from "../link.ts";
import type { PageAnswer } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { dayInUtc } from "../utc.ts";
import type { Visit } from "../visit.ts";
import { fill } from "../words/word-book.ts";
import type { MadeAgreement, Side, ToldAgreement } from "./told-agreement.ts";
import { agreementsWords } from "./words.ts";

const actOnAgreement = routeOf("POST /agreement-acts");
const changeAgreement = routeOf("POST /agreement-changes");

/** Whose word a condition of each kind needs; that of an authority comes by other ways. */
const speakers: Readonly<Record<Side, { readonly kind: string; readonly word: "declare" | "verify" }>> = {
  consumer: { kind: "declared", word: "declare" },
  provider: { kind: "verified", word: "verify" },
};

type Word = AgreementActOrder["word"];

/** An act of one side, by a form of the page. */
export async function act(visit: Visit): Promise<PageAnswer> {
  const [word, side] = [visit.parameter("word"), visit.parameter("side")];
  const { until, ...said } = visit.fields("agreement", "reason", "attribute", "until");
  const body = { ...said, ...(until !== undefined && { until: dayInUtc(until, 1) }), act: word, as: side };
  await visit.ask(actOnAgreement, { body });
  const to = withQuery("/agreements/one", { agreement: body.agreement, done: "ordered" });
  return { kind: "redirect", to };
}

/** Forms for what the agreement's state and the visitor's sides allow; the server decides. */
export function possibleActs(
  visit: Visit,
  { acts, listed }: ToldAgreement,
  shown: MadeAgreement,
): Html | null {
  const { one: words } = visit.words(agreementsWords);
  if (!visit.may(actOnAgreement) || acts.length === 0) return null;
  const formFor = (word: Word, side: Side, more?: readonly Field[]) =>
    actForm(visit, listed.id, word, side, more);
  const folded = (word: Word, side: Side, more?: readonly Field[]) => {
    const shownForm = formFor(word, side, more);
    return foldedForm(visit, shownForm.submit, null, shownForm);
  };
  const { proposal, state, suspended } = shown;
  const isOver = state === "declined" || state === "ended";
  const answers = acts.filter((side) => proposal !== null && proposal.by !== side);
  const isInForce = shown.terms !== null;
  const forms = isOver
    ? []
    : [
        ...answers.flatMap((side) => [
          form(visit, formFor("approve", side)),
          form(visit, formFor("decline", side)),
        ]),
        ...(isInForce ? acts : []).flatMap((side) => [
          ...conditionActs(visit, side, shown).map(([word, fields]) => folded(word, side, fields)),
          folded(suspended[side] === null ? "suspend" : "resume", side),
          folded("end", side),
        ]),
      ];
  const change =
    isOver || !visit.may(changeAgreement)
      ? null
      : html`<p><a class="button" href="${withQuery("/agreements/change", { agreement: listed.id })}">${words.change}</a></p>`;
  return html`<section class="unprinted"><h2>${words.yourActs}</h2><div class="acts">${forms}</div>${change}</section>`;
}

function actForm(visit: Visit, id: string, word: Word, side: Side, more: readonly Field[] = []): Form {
  const { buttons, sides: names } = visit.words(agreementsWords);
  return {
    action: `/agreements/acts/${word}/${side}`,
    submit: fill(buttons[word], { side: names[side] }),
    fields: [{ kind: "hidden", name: "agreement", value: id }, ...more, reasonField(visit)],
  };
}

/** What a side may say of conditions: that one is met, for a provider until when, and that it is not any more. */
function conditionActs(
  visit: Visit,
  side: Side,
  { conditions }: MadeAgreement,
): (readonly [Word, readonly Field[]])[] {
  const words = visit.words(agreementsWords).one;
  const { kind, word } = speakers[side];
  const own = conditions.filter((one) => one.kind === kind);
  const choice = (some: typeof own): Field => {
    const options = some.map(({ attribute }) => [attribute, attribute] as const);
    return { kind: "choice", name: "attribute", label: words.condition, options };
  };
  const met = own.filter((one) => one.met);
  // What is vouched for ends: it may be vouched for anew before.
  const said = side === "provider" ? own : own.filter((one) => !one.met);
  const until: readonly Field[] =
    side === "provider" ? [{ kind: "date", name: "until", label: words.metUntil }] : [];
  return [
    ...(said.length === 0 ? [] : [[word, [choice(said), ...until]] as const]),
    ...(met.length === 0 ? [] : [["withdraw", [choice(met)]] as const]),
  ];
}
