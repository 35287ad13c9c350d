import type { Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import { WrongPassphrase } from "../../pki/key-file.ts";
import { textOf } from "../api/perform.ts";
import type { Answered, Asked, Route, Subject } from "../api/route.ts";
import { demanded, line, list, member, orNull, uuid, whole } from "../api/shapes.ts";
import type { OfficerKey, RegistrationSaid, ToldRequest } from "../registration-desk.ts";
import { orderedFor } from "./ordered-for.ts";
import { checkOwn } from "./server.ts";

const text = { type: "string" };
const digest = { type: "string", pattern: "^[A-Za-z0-9_-]{43}$" };
const show = { type: "string", enum: ["open", "all"] };
const decision = { type: "string", enum: ["approve", "decline"] };
const passphrase = { type: "string", minLength: 1, maxLength: 1000 };
const changes = { type: "array", minItems: 1, maxItems: 100, items: { type: "object" } };
const words = { ...line, maxLength: 500 };
const count = { type: "integer" };
const request = whole({
  ...{ id: uuid, instance: text, changes: list({ type: "object" }), note: orNull(text), sha256: digest },
  ...{ state: text, received: text, expires: orNull(text), approved: count, persons: count },
  ...{ signed: orNull(list(text)), automatic: orNull(text), reason: orNull(text) },
});
const requests = whole({ requests: list(request) });

const usual = {
  allowed: ["registration-officer"],
  scope: "members",
  personal: "none",
  people: 1,
} as const;
const orders = { ...usual, audit: "before", answer: request } as const;
const officers = { ...orders, method: "POST" } as const;

/** Registration requests: of members that are hosted here, and for officers of the governing authority all of them. */
export const registrationRoutes: readonly Route[] = [
  {
    ...{ method: "GET", path: "/registration-requests", ...usual, audit: "none", answer: requests },
    summary: "What a member asked the governing authority to register",
    query: demanded({ member, show }, ["member"]),
    run: async (asked) => {
      const of = String(asked.query.member);
      checkOwn(asked, of);
      const all = asked.query.show === "all" ? "all" : "open";
      return listed(await asked.services.registration.list(of, all));
    },
  },
  {
    ...{ method: "GET", path: "/registration-requests/:request", ...usual, audit: "none", answer: request },
    summary: "A registration request and how it stands: whoever has its id may see it",
    run: async (asked) => shown(await asked.services.registration.show(asked.params.request!)),
  },
  {
    ...{ method: "POST", path: "/registration-requests", ...orders, status: 201 },
    summary: "Asks for changes of the registry, signed by a member's seal",
    body: demanded({ member, changes, note: words, reason: line }, ["member", "changes", "reason"]),
    run: async (asked) => {
      const { body, services } = asked;
      const of = memberIn(asked);
      const wanted = body.changes as readonly Readonly<Record<string, Json>>[];
      await orderedFor(asked, of, ["registration request", ...wanted.map(({ kind }) => kindOf(kind))]);
      const note = textOf(body.note) ?? undefined;
      const answer = await services.registration.request(of, wanted, note);
      return answer.kind === "refused" ? refused(answer) : { ...shown(answer), status: 201 };
    },
  },
  {
    ...{ method: "POST", path: "/registration-requests/:request/signature", ...orders },
    summary: "Signs, for a member, what another one asked",
    body: demanded({ member, reason: line }, ["member", "reason"]),
    run: (asked) => byMember(asked, "sign"),
  },
  {
    ...{ method: "POST", path: "/registration-requests/:request/withdrawal", ...orders },
    summary: "Withdraws a request that waits",
    body: demanded({ member, reason: line }, ["member", "reason"]),
    run: (asked) => byMember(asked, "withdraw"),
  },
  {
    ...{ ...officers, path: "/registration-queue", answer: requests },
    summary: "The requests that wait for the governing authority's officers, shown to one of them",
    body: demanded({ passphrase, show, reason: line }, ["passphrase", "reason"]),
    run: async (asked) => {
      const all = asked.body.show === "all" ? "all" : "open";
      return listed(
        await asOfficer(asked, { member: null, about: ["queue"] }, (key) =>
          asked.services.registration.queue(key, all),
        ),
      );
    },
  },
  {
    ...{ ...officers, path: "/registration-requests/:request/decision", people: 2 },
    summary: "Approves or declines a request, signed by the key of an officer of the governing authority",
    body: demanded({ sha256: digest, decision, words, passphrase, reason: line }, [
      ...["sha256", "decision", "passphrase", "reason"],
    ]),
    run: decide,
  },
];

async function decide(asked: Asked): Promise<Answered> {
  const { body, params, services } = asked;
  const id = params.request!;
  const declined = textOf(body.words);
  if ((body.decision === "decline") !== (declined !== null))
    throw new SealwayError("invalid_parameter", "the words tell whoever asked why a request is declined");
  const said =
    declined === null
      ? ({ decision: "approve" } as const)
      : ({ decision: "decline", reason: declined } as const);
  const about = [`registration request ${id}`, said.decision, String(body.sha256)];
  return shown(
    await asOfficer(asked, { member: null, about }, (key) =>
      services.registration.decide(key, id, String(body.sha256), said),
    ),
  );
}

/** With the key of an officer, whose passphrase is asked for each time; guesses are counted. */
export async function asOfficer<Said>(
  asked: Asked,
  about: Subject,
  act: (key: OfficerKey) => Promise<Said>,
): Promise<Said> {
  const { body, caller, draft, services } = asked;
  const user = caller.user.id;
  if (!services.registration.isOfficer(user))
    throw new SealwayError("nothing_here", "the caller has no officer's key here");
  const guesses = `officer ${user}`;
  // One after the other: many at once would all be let in before the first of them failed.
  return services.turns.do(guesses, async () => {
    services.attempts.ofKey.check(guesses);
    await services.book.record(draft({ what: "ordered" }, about));
    try {
      return await act({ user, passphrase: String(body.passphrase) });
    } catch (error) {
      if (!(error instanceof WrongPassphrase)) throw error;
      services.attempts.ofKey.failed(guesses);
      throw new SealwayError("invalid_parameter", "the passphrase does not open the officer's key");
    }
  });
}

async function byMember(asked: Asked, word: "sign" | "withdraw"): Promise<Answered> {
  const id = asked.params.request!;
  const of = memberIn(asked);
  await orderedFor(asked, of, [`registration request ${id}`, word]);
  return shown(await asked.services.registration[word](of, id));
}

function memberIn(asked: Asked): string {
  const of = String(asked.body.member);
  checkOwn(asked, of);
  return of;
}

function kindOf(kind: Json | undefined): string {
  return typeof kind === "string" && /^[a-z-]{1,60}$/.test(kind) ? kind : "unknown";
}

function shown(answer: RegistrationSaid<ToldRequest>): Answered {
  return answer.kind === "refused" ? refused(answer) : { body: { ...answer.taken } as unknown as Json };
}

function listed(answer: RegistrationSaid<readonly ToldRequest[]>): Answered {
  return answer.kind === "refused"
    ? refused(answer)
    : { body: { requests: answer.taken } as unknown as Json };
}

/** What the authority does not take is told in its words. */
function refused({ code, detail, remedy }: Extract<RegistrationSaid<never>, { kind: "refused" }>): Answered {
  const title = "The governing authority refuses it";
  const type = `urn:sealway:error:${code}`;
  const status = code === "registration_unknown" ? 404 : 422;
  return { status, problem: { type, title, status, code, detail, remedy } };
}
