import type { ExchangeAccount, ToldDecision, ToldRule } from "../../admin/exchange-desk.ts";
import { type Child, type Html, html } from "../../web/html.ts";
import { definitions, table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { named } from "../words/word-book.ts";
import { exchangesWords } from "./words.ts";

/** What was decided, what was removed, and by which rules. */
export function decisionOf(visit: Visit, { decision, fault }: ExchangeAccount): Html {
  const { decision: words, verdicts } = visit.words(exchangesWords);
  if (decision === null && fault === null)
    return html`<h2 id="decision">${words.title}</h2><p>${words.none}</p>`;
  const tone = decision?.verdict === "permit" ? "good" : "warn";
  const verdict =
    decision === null ? null : html`<span class="mark ${tone}">${named(verdicts, decision.verdict)}</span>`;
  const pairs: readonly (readonly [string, Child])[] = [
    [words.verdict, verdict],
    [words.code, decision?.code ?? fault?.code],
    [words.fault, fault && named(words.hops, fault.hop)],
    [words.removed, decision && removedFields(visit, decision)],
  ];
  return html`<h2 id="decision">${words.title}</h2>
${definitions(pairs.filter(([, value]) => value != null))}
${decision === null ? null : rulesOf(visit, decision)}`;
}

function removedFields(visit: Visit, { fieldsRemoved, verdict }: ToldDecision): Child {
  if (verdict !== "permit") return null;
  if (fieldsRemoved.length === 0) return visit.words(exchangesWords).decision.nothingRemoved;
  return fieldsRemoved.map((pointer) => html`<code>${pointer}</code><br>`);
}

function rulesOf(visit: Visit, { trace, verdict, code }: ToldDecision): Html {
  const words = visit.words(exchangesWords).decision;
  if (trace.length === 0) return html`<p>${words.noRules}</p>`;
  // The first rule with the code of the refusal, which the documents do not show to have passed.
  const decided =
    verdict === "deny" ? trace.find((one) => one.code === code && one.outcome !== "passed") : undefined;
  const rows = trace.map((one) => [
    html`<code>${one.rule}</code>`,
    outcomeOf(visit, one, one === decided),
    one.inputs.map((input) => html`${input}<br>`),
    one.outcome === "passed" ? "" : named(words.menders, one.mends),
  ]);
  const heads = [words.rule, words.outcome, words.looked, words.mends];
  return html`<h3>${words.rules}</h3><p><small>${words.rulesHint}</small></p>
${table(visit, words.rules, heads, rows)}`;
}

const tones = { passed: "good", failed: "bad", unknown: "quiet", skipped: "quiet" } as const;

function outcomeOf(visit: Visit, { outcome }: ToldRule, isDecisive: boolean): Html {
  const words = visit.words(exchangesWords).decision;
  const more = isDecisive ? html` <strong>${words.decided}</strong>` : null;
  return html`<span class="mark ${tones[outcome]}">${words.outcomes[outcome]}</span>${more}`;
}
