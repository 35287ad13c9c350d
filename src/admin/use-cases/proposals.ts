import { equalSecret } from "../../core/bytes.ts";
import type { Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import { uuidV7 } from "../../core/uuid.ts";
import type { Fact, ProposedAct } from "../administration/entry.ts";
import type { AdministrationState, Proposal, User } from "../administration/state.ts";
import { checkSecondPerson } from "../administration/two-people.ts";
import type { Answered, Asked, Route } from "../api/route.ts";
import { demanded, identifier, line, list, orNull, time, uuid, whole } from "../api/shapes.ts";
import type { HoldScope, WantedHold } from "../hold-desk.ts";
import type { NamedPerson } from "../permission-desk.ts";
import { namesOf, shownNames } from "./named-people.ts";
import { timeText } from "./told-user.ts";

/** A scope without the person whom it is about. */
type TermedScope = Exclude<HoldScope, { kind: "subject" }> | Omit<Subject, "value">;
type Subject = Extract<HoldScope, { kind: "subject" }>;

/** What is proposed: it stands in the log, and names no person. */
export type HoldTerms = Pick<WantedHold, "case" | "authority" | "review"> & { readonly scope: TermedScope };
export interface LiftTerms {
  readonly hold: string;
  readonly reason: string;
}

type Proposed =
  | { readonly act: "hold"; readonly terms: HoldTerms; readonly about: NamedPerson | undefined }
  | { readonly act: "lift"; readonly terms: LiftTerms; readonly about: undefined };

/** How long a proposal may wait until it is done, milliseconds. */
const waitsFor = 7 * 86_400_000;

const person = whole({ scheme: identifier, value: { type: "string", minLength: 1, maxLength: 300 } });
export const shownProposal = whole({
  ...{ id: uuid, act: { type: "string" }, terms: { type: "object" }, namesPerson: { type: "boolean" } },
  ...{ proposedBy: uuid, proposed: time, confirmedBy: orNull(uuid), result: orNull({ type: "string" }) },
  state: { type: "string", enum: ["waiting", "confirmed", "done", "dropped", "lapsed"] },
});

const usual = { scope: "server", personal: "none" } as const;
const both = ["data-protection-officer", "approver"] as const;

/** What one person proposes and another one confirms; confirming it has it done. */
export const proposalRoutes: readonly Route[] = [
  {
    ...{
      method: "GET",
      path: "/proposals",
      summary: "What waits for a second person, and what became of it",
    },
    ...{ ...usual, allowed: [...both, "auditor"], audit: "none", people: 1 },
    answer: whole({ proposals: list(shownProposal), names: shownNames }),
    run: async (asked) => {
      const all = [...(await asked.services.book.state()).proposals.values()].reverse();
      const people = all.flatMap(({ proposedBy, confirmedBy }) => [proposedBy, confirmedBy]);
      const proposals = all.map((one) => told(one, asked.now));
      return { body: { proposals, names: await namesOf(asked, people) } };
    },
  },
  {
    ...{ method: "POST", path: "/proposals/:proposal/confirmation", ...usual, allowed: both },
    ...{ summary: "Confirms a proposal, which has it done", audit: "fact", people: 2, answer: shownProposal },
    body: demanded({ person, reason: line }, ["reason"]),
    run: confirm,
  },
  {
    ...{ method: "DELETE", path: "/proposals/:proposal", summary: "Drops a proposal", ...usual },
    ...{ allowed: both, audit: "fact", people: 1, answer: shownProposal },
    run: (asked) =>
      inTurn(asked, (id) =>
        change(asked, async (proposal, _, keep) => {
          if (!isOpen(proposal, asked.now)) throw over();
          await keep({ what: "act-dropped", proposal: id });
        }),
      ),
  },
];

/** Keeps what somebody proposes, for another one to confirm. */
export async function propose(asked: Asked, { about, act, terms }: Proposed): Promise<Answered> {
  const { now, services } = asked;
  const proposal = uuidV7(now);
  const named = about === undefined ? null : services.personDigest(about);
  const text = JSON.stringify(terms);
  const fact: Fact = { what: "act-proposed", proposal, act, terms: text, person: named };
  await services.book.change((_, keep) => keep(asked.draft(fact, subjectOf(proposal, act))));
  return { ...(await shown(asked, proposal)), status: 201 };
}

type Keep = (fact: Fact) => Promise<void>;

/** @returns what `decide` does */
function change<Answer>(
  asked: Asked,
  decide: (proposal: Proposal, state: AdministrationState, keep: Keep) => Promise<Answer>,
): Promise<Answer> {
  const id = asked.params.proposal!;
  return asked.services.book.change((state, keep) => {
    const proposal = state.proposals.get(id);
    if (proposal === undefined) throw new SealwayError("nothing_here", "no such proposal");
    return decide(proposal, state, (fact) => keep(asked.draft(fact, subjectOf(id, proposal.act))));
  });
}

/** What is asked of one proposal, one after the other: the act itself takes long, and holds no other change up. */
function inTurn(asked: Asked, work: (proposal: string) => Promise<void>): Promise<Answered> {
  const id = asked.params.proposal!;
  return asked.services.turns.do(`proposal ${id}`, async () => {
    await work(id);
    return shown(asked, id);
  });
}

/** That it is confirmed is durable before it is done; where it then failed, whoever confirmed it has it done again. */
function confirm(asked: Asked): Promise<Answered> {
  const { body, caller, now, services } = asked;
  const self = caller.user.id;
  const named = body.person as unknown as NamedPerson | undefined;
  return inTurn(asked, async (id) => {
    const { by, proposal } = await change(asked, async (proposal, state, keep) => {
      const isAgain = proposal.confirmedBy === self;
      if (!isOpen(proposal, now) || (proposal.confirmedBy !== null && !isAgain)) throw over();
      checkSecondPerson(state, proposal.proposedBy, self, now);
      const proposer = state.users.get(proposal.proposedBy);
      if (proposer?.enabled !== true) throw over();
      checkPerson(proposal, named === undefined ? null : services.personDigest(named));
      if (!isAgain) await keep({ what: "act-confirmed", proposal: id });
      return { by: [nameOf(proposer), nameOf(caller.user)] as const, proposal };
    });
    const terms = JSON.parse(proposal.terms) as never;
    const result = await acts[proposal.act]({ asked, id, by, named }, terms);
    await change(asked, (_, __, keep) => keep({ what: "act-done", proposal: id, result }));
  });
}

interface Confirmed {
  readonly asked: Asked;
  /** Of the proposal. */
  readonly id: string;
  readonly by: readonly [string, string];
  readonly named: NamedPerson | undefined;
}

/** Done again, each finds what was done before: an answer that was lost, or not kept, does nothing twice. */
type Act<Name extends ProposedAct> = (
  confirmed: Confirmed,
  terms: Extract<Proposed, { act: Name }>["terms"],
) => Promise<string>;

const acts: { readonly [Name in ProposedAct]: Act<Name> } = {
  hold: async ({ asked, by, id, named }, { scope, ...terms }) => {
    const whole = scope.kind === "subject" ? { ...scope, value: named!.value } : scope;
    const { hold, records } = await asked.services.holds.place({ ...terms, hold: id, scope: whole, by });
    return `hold ${hold} keeps ${records} messages`;
  },
  lift: async ({ asked, by }, { hold, reason }) => {
    const { holds } = asked.services;
    const known = (await holds.list()).find((one) => one.hold === hold);
    if (known?.state === "lifted") return "the hold is lifted already";
    return `${await holds.lift(hold, reason, by)} keys were destroyed`;
  },
};

/** Two people name the same person, one after the other: neither the log nor the first answer does. */
function checkPerson({ person: expected }: Proposal, given: string | null): void {
  const isSame =
    expected === null || given === null
      ? expected === given
      : equalSecret(Buffer.from(expected), Buffer.from(given));
  if (!isSame)
    throw new SealwayError("invalid_parameter", "the person is not the one whom the proposal is about");
}

/** As the signed statement names who ordered and who confirmed. */
function nameOf({ id, name }: User): string {
  return `${name.slice(0, 140)}, user ${id}`;
}

function subjectOf(proposal: string, act: ProposedAct) {
  return { member: null, about: [`proposal ${proposal}`, act] };
}

async function shown({ now, services }: Asked, id: string): Promise<Answered> {
  return { body: told((await services.book.state()).proposals.get(id)!, now) };
}

function stateOf({ confirmedBy, dropped, proposed, result }: Proposal, now: number): string {
  if (result !== null) return "done";
  if (dropped) return "dropped";
  if (now - proposed >= waitsFor) return "lapsed";
  return confirmedBy === null ? "waiting" : "confirmed";
}

/** Whether it can be done still, or dropped. */
function isOpen(proposal: Proposal, now: number): boolean {
  return ["waiting", "confirmed"].includes(stateOf(proposal, now));
}

function told(proposal: Proposal, now: number): Json {
  const { act, confirmedBy, id, person: named, proposed, proposedBy, result, terms } = proposal;
  return {
    ...{ id, act, terms: JSON.parse(terms) as Json, namesPerson: named !== null },
    ...{ proposedBy, proposed: timeText(proposed), confirmedBy, result, state: stateOf(proposal, now) },
  };
}

function over(): SealwayError {
  return new SealwayError(
    "changed_meanwhile",
    "the proposal was confirmed or dropped, or its time has passed",
  );
}
