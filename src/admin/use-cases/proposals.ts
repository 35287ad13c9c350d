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

/** How long a proposal may wait, milliseconds. */
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
      change(asked, async (proposal, _, keep) => {
        if (stateOf(proposal, asked.now) !== "waiting") throw over();
        await keep({ what: "act-dropped", proposal: proposal.id });
      }),
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

async function change(
  asked: Asked,
  decide: (proposal: Proposal, state: AdministrationState, keep: Keep) => Promise<void>,
): Promise<Answered> {
  const id = asked.params.proposal!;
  await asked.services.book.change(async (state, keep) => {
    const proposal = state.proposals.get(id);
    if (proposal === undefined) throw new SealwayError("nothing_here", "no such proposal");
    await decide(proposal, state, (fact) => keep(asked.draft(fact, subjectOf(id, proposal.act))));
  });
  return shown(asked, id);
}

/** That it is confirmed is durable before it is done; where it then failed, whoever confirmed it has it done again. */
function confirm(asked: Asked): Promise<Answered> {
  const { body, caller, now, services } = asked;
  return change(asked, async (proposal, state, keep) => {
    const self = caller.user.id;
    const isAgain = proposal.confirmedBy === self;
    if (stateOf(proposal, now) !== "waiting" && !(isAgain && proposal.result === null)) throw over();
    checkSecondPerson(state, proposal.proposedBy, self, now);
    const proposer = state.users.get(proposal.proposedBy);
    if (proposer?.enabled !== true) throw over();
    const named = body.person as unknown as NamedPerson | undefined;
    checkPerson(proposal, named === undefined ? null : services.personDigest(named));
    if (!isAgain) await keep({ what: "act-confirmed", proposal: proposal.id });
    const by = [nameOf(proposer), nameOf(caller.user)] as const;
    const result = await acts[proposal.act](asked, JSON.parse(proposal.terms) as never, by, named);
    await keep({ what: "act-done", proposal: proposal.id, result });
  });
}

type Act<Name extends ProposedAct> = (
  asked: Asked,
  terms: Extract<Proposed, { act: Name }>["terms"],
  by: readonly [string, string],
  person: NamedPerson | undefined,
) => Promise<string>;

const acts: { readonly [Name in ProposedAct]: Act<Name> } = {
  hold: async ({ services }, { scope, ...terms }, by, named) => {
    const whole = scope.kind === "subject" ? { ...scope, value: named!.value } : scope;
    const { hold, records } = await services.holds.place({ ...terms, scope: whole, by });
    return `hold ${hold} keeps ${records} messages`;
  },
  lift: async ({ services }, { hold, reason }, by) =>
    `${await services.holds.lift(hold, reason, by)} keys were destroyed`,
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
  if (confirmedBy !== null) return "confirmed";
  return now - proposed < waitsFor ? "waiting" : "lapsed";
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
