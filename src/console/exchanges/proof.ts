import type { ExchangeAccount, ToldMessage } from "../../admin/exchange-desk.ts";
import { type Html, html } from "../../web/html.ts";
import { definitions, moment, table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { fill, named } from "../words/word-book.ts";
import { batchTree } from "./batch-tree.ts";
import { exchangesWords } from "./words.ts";

/** Each message with what proves it: signature, certificates, revocation, time-stamp, batch. */
export function proofOf(visit: Visit, { sides }: ExchangeAccount): Html {
  const { one, proof, roles } = visit.words(exchangesWords);
  return html`<h2 id="proof">${proof.title}</h2>
${sides.map(
  ({
    role,
    member,
    messages,
  }) => html`${sides.length > 1 ? html`<p><strong>${one.side}: ${member} (${roles[role]})</strong></p>` : null}
${messages.map((message, i) => messageOf(visit, `tree-${role}-${i}`, message))}`,
)}`;
}

function messageOf(visit: Visit, id: string, message: ToldMessage): Html {
  const { directions, messages, proof: words } = visit.words(exchangesWords);
  const { timeStamp } = message;
  const digests = [
    fill(words.account, { digest: message.digests.exchange }),
    fill(words.head, { digest: message.digests.head }),
  ];
  return html`<h3>${messages[message.type]} (${directions[message.direction]})</h3>
${definitions([
  [
    words.signature,
    html`${message.algorithm}, ${named(words.signerRoles, message.signerRole)}, ${moment(message.sealed)}`,
  ],
  [words.digests, digests.map((text) => html`<code>${text}</code><br>`)],
  ["", `${words.heads[message.head]} ${words.bodies[message.body]}`],
  [words.stamp, timeStamp === null ? words.noStamp : stampText(visit, timeStamp)],
])}
${certificatesOf(visit, message)}
${ocspOf(visit, message)}
${timeStamp === null ? null : batchTree(visit, id, message, timeStamp)}`;
}

function stampText(visit: Visit, timeStamp: NonNullable<ToldMessage["timeStamp"]>): string {
  const words = visit.words(exchangesWords).proof;
  const { authority, batch, policy, renewals, time } = timeStamp;
  const more = renewals === 0 ? "" : `, ${fill(words.renewals, { count: renewals })}`;
  return fill(words.stampText, { authority, batch, policy, time }) + more;
}

function certificatesOf(visit: Visit, { certificates, type }: ToldMessage): Html {
  const { messages, proof: words } = visit.words(exchangesWords);
  const rows = certificates.map(({ subject, issuer, from, to, fingerprint }) => [
    subject,
    issuer,
    html`${moment(from)} – ${moment(to)}`,
    html`<code>${fingerprint}</code>`,
  ]);
  const heads = [words.subject, words.issuer, words.valid, words.fingerprint];
  return table(visit, fill(words.certificates, { message: messages[type] }), heads, rows);
}

function ocspOf(visit: Visit, { ocsp, type }: ToldMessage): Html {
  const { messages, proof: words } = visit.words(exchangesWords);
  const rows = ocsp.map(({ state, produced, thisUpdate, nextUpdate }) => [
    html`<span class="mark ${state === "good" ? "good" : "bad"}">${state}</span>`,
    ...[produced, thisUpdate, nextUpdate].map((time) => (time === null ? "" : moment(time))),
  ]);
  const heads = [words.state, words.produced, words.thisUpdate, words.nextUpdate];
  return table(visit, fill(words.ocsp, { message: messages[type] }), heads, rows);
}
