import type { Json } from "../../core/canonical-json.ts";
import { SealwayError } from "../../core/errors.ts";
import { memberOf, parseClientId, parseServiceId, providerOf } from "../../core/ids.ts";
import type { Answered, Asked, Route } from "../api/route.ts";
import { demanded, identifier, line, list, service, time, uuid, whole } from "../api/shapes.ts";
import type { NamedPerson, PermissionsQuestion } from "../permission-desk.ts";
import { orderedFor } from "./ordered-for.ts";
import { seenMembers, shownMembers } from "./shown-members.ts";

const text = { type: "string" };
const digest = { type: "string", pattern: "^[A-Za-z0-9_-]{43}$" };
const value = { type: "string", minLength: 1, maxLength: 300 };
const person = whole({ scheme: identifier, value });
const state = { type: "string", enum: ["requested", "active", "declined", "withdrawn", "ended"] };
const because = {
  type: "string",
  enum: ["death", "incapacity", "majority", "order", "superseded", "request-lapsed"],
};
const power = { type: "string", enum: ["guardian", "curator", "mandate", "employee"] };
const filters = { provider: identifier, consumer: identifier, state, before: uuid };
const listed = whole({
  ...{ id: uuid, revision: { type: "integer" }, state, kind: text, consumer: identifier },
  ...{ service, purpose: text, from: time, to: time },
});
const page = whole({ permissions: list(listed), more: { type: "boolean" } });
const revised = whole({ id: uuid, revision: { type: "integer" } });
const declared = {
  ...{ consumer: identifier, service, purpose: identifier, person },
  ...{ days: { type: "integer", minimum: 1, maximum: 3660 }, fields: { ...list(text), maxItems: 100 } },
  ...{ uses: { type: "integer", minimum: 1, maximum: 1_000_000 } },
  ...{ keepDays: { type: "integer", minimum: 1, maximum: 36_500 }, proof: digest },
  ...{ representation: whole({ kind: power, proof: digest, value }), reason: line },
};

const reads = { scope: "records", audit: "read", people: 1 } as const;
const readers = ["auditor", "data-protection-officer", "approver", "observer"] as const;
const orders = { scope: "records", audit: "before", personal: "none", people: 1 } as const;

/** Permissions of persons to the data of the caller's members; what is told of them names nobody. */
export const permissionRoutes: readonly Route[] = [
  {
    ...{
      method: "GET",
      path: "/permissions",
      summary: "Permissions to the services of a subsystem",
      ...reads,
    },
    ...{ allowed: readers, personal: "none", answer: page },
    query: demanded(filters, ["provider"]),
    run: async (asked) => search(asked, asked.query, null, seenMembers(asked)),
  },
  {
    ...{ method: "POST", path: "/permissions/search", ...reads, personal: "always", answer: page },
    ...{ summary: "Permissions that a person gave", allowed: ["auditor", "data-protection-officer"] },
    body: demanded({ ...filters, person, reason: line }, ["provider", "person", "reason"]),
    run: async (asked) =>
      search(asked, asked.body, asked.body.person as unknown as NamedPerson, await shownMembers(asked)),
  },
  {
    ...{ method: "GET", path: "/permissions/:permission", ...reads, allowed: readers, personal: "none" },
    ...{
      summary: "A permission: its terms in words, its uses, what became of it",
      answer: { type: "object" },
    },
    run: async (asked) => {
      const { holder, told } = await permissionIn(asked);
      return { body: told, read: { member: holder, about: [aboutIn(asked)], results: 1 } };
    },
  },
  {
    ...{
      method: "GET",
      path: "/permissions/:permission/record",
      ...reads,
      allowed: readers,
      personal: "none",
    },
    summary: "A permission as a consent record (ISO/IEC TS 27560), and as it was signed; names nobody",
    answer: whole({ record: { type: "object" }, statement: text }),
    run: async (asked) => {
      const { holder } = await permissionIn(asked);
      const record = await asked.services.permissions.export(asked.params.permission!);
      return {
        body: { ...record },
        read: { member: holder, about: [aboutIn(asked), "record"], results: 1 },
      };
    },
  },
  {
    ...{ method: "POST", path: "/permissions", ...orders, allowed: ["approver"], status: 201 },
    ...{ summary: "Declares that a person has given a permission", answer: whole({ id: uuid }) },
    body: demanded(declared, ["consumer", "service", "purpose", "person", "days", "reason"]),
    run: declare,
  },
  {
    ...{ method: "POST", path: "/permissions/:permission/end", ...orders, answer: revised },
    summary: "Declares that a person has withdrawn a permission or, with the cause, that it has ended",
    allowed: ["approver", "data-protection-officer"],
    body: demanded({ because, reason: line }, ["reason"]),
    run: async (asked) => {
      const id = asked.params.permission!;
      const { because: cause } = asked.body;
      const { holder } = await permissionIn(asked);
      await orderedFor(asked, holder, [aboutIn(asked), `end ${cause ?? "withdrawn"}`]);
      const end = typeof cause === "string" ? cause : null;
      return { body: { id, revision: await asked.services.permissions.end(id, officerIn(asked), end) } };
    },
  },
  {
    ...{ method: "POST", path: "/permissions/:permission/erasure", ...orders, answer: revised },
    ...{ summary: "Erases what names the person of one that is over", allowed: ["data-protection-officer"] },
    body: demanded({ reason: line }, ["reason"]),
    run: async (asked) => {
      const id = asked.params.permission!;
      const { holder } = await permissionIn(asked);
      await orderedFor(asked, holder, [aboutIn(asked), "erasure"]);
      const why = String(asked.body.reason);
      return { body: { id, revision: await asked.services.permissions.erase(id, officerIn(asked), why) } };
    },
  },
];

type Given = Readonly<Record<string, Json>>;

async function search(
  asked: Asked,
  { provider, consumer, state: of, before }: Given,
  sought: NamedPerson | null,
  members: ReadonlySet<string>,
): Promise<Answered> {
  const member = memberOf(parseClientId(String(provider)));
  if (!members.has(member)) throw notThere();
  const orNull = (text: Json | undefined) => (typeof text === "string" ? text : null);
  const question: PermissionsQuestion = {
    ...{ provider: String(provider), consumer: orNull(consumer), state: orNull(of) },
    ...{ person: sought, before: orNull(before) },
  };
  const { permissions, more } = await asked.services.permissions.list(question);
  const about = [`permissions ${provider}`, ...(sought === null ? [] : [`a person by ${sought.scheme}`])];
  return {
    body: { permissions: permissions.map((one) => ({ ...one })), more },
    read: { member, about, results: permissions.length },
  };
}

/** One of the caller's members. @throws SealwayError `nothing_here` */
async function permissionIn(asked: Asked) {
  const shown = await asked.services.permissions.show(asked.params.permission!);
  if (shown === undefined || !seenMembers(asked).has(shown.holder)) throw notThere();
  return shown;
}

/** The member that signs is the caller's: a message's sender, or else whoever provides the service. */
async function declare(asked: Asked): Promise<Answered> {
  const { body, services } = asked;
  const {
    consumer,
    fields = null,
    keepDays = null,
    proof = null,
    purpose,
    representation = null,
    uses = null,
  } = body;
  const own = seenMembers(asked);
  const parties = [providerOf(parseServiceId(String(body.service))), parseClientId(String(consumer))];
  const holders = [...new Set(parties.map((client) => memberOf(client)))].filter((member) => own.has(member));
  const [holder] = holders;
  if (holder === undefined) throw notThere();
  await orderedFor(asked, holder, [`permission to ${body.service}`, `for ${consumer}`, `purpose ${purpose}`]);
  const id = await services.permissions.declare({
    ...{ holders, consumer: String(consumer), service: String(body.service), purpose: String(purpose) },
    ...{ person: body.person as unknown as NamedPerson, days: Number(body.days), officer: officerIn(asked) },
    ...{
      fields: fields as readonly string[] | null,
      uses: uses as number | null,
      keepDays: keepDays as number | null,
    },
    ...{ proof: proof as string | null, representation: representation as never },
  });
  return { status: 201, body: { id } };
}

/** As the signed statement names whoever says so: by the working name. */
function officerIn({ caller }: Asked): string {
  return caller.user.name;
}

function aboutIn({ params }: Asked): string {
  return `permission ${params.permission}`;
}

function notThere(): SealwayError {
  return new SealwayError("nothing_here", "no such permission or subsystem of the caller's members");
}
