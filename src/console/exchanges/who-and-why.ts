import type { ExchangeAccount, ToldText } from "../../admin/exchange-desk.ts";
import { type Child, type Html, html } from "../../web/html.ts";
import { definitions } from "../table.ts";
import type { Visit } from "../visit.ts";
import { layoutWords } from "../words/layout-words.ts";
import { fill } from "../words/word-book.ts";
import { exchangesWords } from "./words.ts";

/** Who asked whom, why and by which law. */
export function whoAndWhy(visit: Visit, account: ExchangeAccount): Html {
  const words = visit.words(exchangesWords).one;
  const { about, endpoint, sides } = account;
  const through = (name: string, server: string) =>
    html`${name}<br><small>${fill(words.through, { server })}</small>`;
  const provider = account.service.id.slice(0, account.service.id.lastIndexOf("/"));
  const who: readonly Pair[] = [
    [words.consumer, through(account.consumer, account.consumerServer)],
    [words.provider, through(provider, account.providerServer)],
    [words.service, serviceOf(visit, account)],
    [words.endpoint, endpoint && html`<code>${endpoint.method} ${endpoint.template}</code>`],
    [
      words.persons,
      account.persons === 0 ? null : html`${account.persons} <small>${words.personsHint}</small>`,
    ],
    [words.represented, account.representedParty],
    [words.side, sides.map(({ role, member }) => html`${words.sides[role]}: ${member}<br>`)],
    [words.about, about && html`<a href="${`/exchanges/${about}`}">${about}</a>`],
    [words.conversation, account.conversation === account.exchange ? null : account.conversation],
  ];
  return html`<h2 id="who">${words.who}</h2>
${shown(who)}
<h2 id="why">${words.why}</h2>
${shown(reasonsOf(visit, account))}`;
}

type Pair = readonly [name: string, value: Child];

function reasonsOf(visit: Visit, account: ExchangeAccount): readonly Pair[] {
  const words = visit.words(exchangesWords).one;
  const { agreement, byPermission, decisionUse, emergency, lawfulBasis, purpose } = account;
  const revision = (one: { readonly revision: number }) => fill(words.revision, { revision: one.revision });
  const source = purpose?.source === "defaulted" ? words.defaulted : words.stated;
  const yes = visit.words(layoutWords).yes;
  return [
    [
      words.purpose,
      purpose === null
        ? words.noPurpose
        : html`${inLanguage(visit, purpose.title) ?? purpose.id}<br><small>${purpose.id}, ${revision(purpose)}, ${source}</small>`,
    ],
    [
      words.law,
      lawfulBasis === null
        ? words.noLaw
        : html`${lawfulBasis.basis}<br><small>${lawfulBasis.provision}</small>`,
    ],
    [
      words.agreement,
      agreement === null ? words.noAgreement : html`${agreement.id} <small>${revision(agreement)}</small>`,
    ],
    [words.decisionUse, decisionUse],
    [words.byPermission, byPermission ? words.byPermissionHint : null],
    [words.emergency, emergency ? html`${yes} <small>${words.emergencyHint}</small>` : null],
  ];
}

function serviceOf(visit: Visit, { service }: ExchangeAccount): Html {
  const { version } = visit.words(exchangesWords).one;
  const told = service.version === null ? null : html`, ${fill(version, { version: service.version })}`;
  return html`${inLanguage(visit, service.title) ?? service.id}<br><small>${service.id}${told}</small>`;
}

/** The reader's language where there is that, else English, else any. */
function inLanguage({ language }: Visit, text: ToldText | null): string | null {
  if (text === null) return null;
  const [short = language] = language.split("-");
  return (
    [language, short, "en"]
      .map((tag) => (Object.hasOwn(text, tag) ? text[tag] : undefined))
      .find((one) => one !== undefined) ??
    Object.values(text)[0] ??
    null
  );
}

function shown(pairs: readonly Pair[]): Html {
  return definitions(pairs.filter(([, value]) => value !== null));
}
