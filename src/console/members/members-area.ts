import { type Child, type Html, html } from "../../web/html.ts";
import { form, type Option, reasonField } from "../form.ts";
import { type Area, type Content, type PageRoute, page } from "../page-route.ts";
import { routeOf } from "../route-of.ts";
import { table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { factFields, factsOf } from "./certificate-facts.ts";
import { keyPages } from "./key-pages.ts";
import { keyAddress, keysOf, slotText } from "./shown-key.ts";
import { membersWords } from "./words.ts";

const listKeys = routeOf("GET /keys");
const listMembers = routeOf("GET /members");
const makeKey = routeOf("POST /keys");
const enrolKey = routeOf("POST /key-enrolments");

interface Members {
  readonly members: readonly { readonly id: string; readonly isOwner: boolean }[];
}

interface MadeKey {
  readonly slot: string;
  readonly name: string;
  readonly request: string;
}

const makePage: PageRoute = {
  ...{ method: "POST", path: "/members", again: membersPage },
  run: async (visit) => {
    const body = { ...visit.fields("slot", "algorithm", "reason"), ...factsOf(visit) };
    const made = (await visit.ask<MadeKey>(makeKey, { body })).body;
    const words = visit.words(membersWords).make;
    return page(
      words.made,
      html`<p>${words.request}</p><pre>${made.request}</pre><p><a href="${keyAddress(made)}">${words.toKey}</a></p>`,
    );
  },
};

export const membersArea: Area = {
  path: "/members",
  title: (visit) => visit.words(membersWords).members.title,
  needs: [listKeys],
  pages: [{ method: "GET", path: "/members", run: membersPage }, makePage, ...keyPages(slotsOf)],
};

async function membersPage(visit: Visit): Promise<Content> {
  const words = visit.words(membersWords).members;
  const { members } = (await visit.ask<Members>(listMembers)).body;
  const memberRows = members.map(({ id, isOwner }) => [id, isOwner ? words.owner : words.hosted]);
  const heads = [words.name, words.slot, words.state, words.ends, words.ocsp, words.class];
  const rows = (await keysOf(visit)).map((key): Child[] => [
    html`<a href="${keyAddress(key)}">${key.name}</a>`,
    ...[slotText(visit, key.slot), key.state, key.ends, key.ocsp, key.class],
  ]);
  return page(
    words.title,
    html`${table(visit, words.list, [words.member, words.part], memberRows)}
${table(visit, words.keys, heads, rows)}
${visit.may(makeKey) ? makeForm(visit, slotsFor(visit, members)) : null}
${visit.may(enrolKey) ? html`<p><a href="/members/enrolment">${visit.words(membersWords).key.enrolNew}</a></p>` : null}`,
  );
}

/** What keys can be made for. */
async function slotsOf(visit: Visit): Promise<readonly Option[]> {
  return slotsFor(visit, (await visit.ask<Members>(listMembers)).body.members);
}

function slotsFor(visit: Visit, members: Members["members"]): readonly Option[] {
  const slots = ["tls", ...members.map(({ id }) => `seal ${id}`)];
  return slots.map((slot) => [slot, slotText(visit, slot)]);
}

function makeForm(visit: Visit, slots: readonly Option[]): Html {
  const words = visit.words(membersWords);
  const algorithms: Option[] = [
    ["ES256", "ES256"],
    ["RS256", "RS256"],
  ];
  const shown = form(visit, {
    action: "/members",
    submit: words.make.submit,
    fields: [
      { kind: "choice", name: "slot", label: words.members.slot, options: slots },
      { kind: "choice", name: "algorithm", label: words.make.algorithm, options: algorithms },
      ...factFields(visit),
      reasonField(visit),
    ],
  });
  return html`<h2>${words.make.title}</h2><p>${words.make.hint}</p>${shown}`;
}
