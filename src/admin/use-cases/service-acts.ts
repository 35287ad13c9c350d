import { importCodes } from "../../catalogue/openapi/import-codes.ts";
import { documentLines } from "../../catalogue/openapi/parse-document.ts";
import { type ReadDescription, readDescription } from "../../catalogue/openapi/read-description.ts";
import type { Json } from "../../core/canonical-json.ts";
import { ConfigurationError } from "../../core/configuration-file.ts";
import { SealwayError } from "../../core/errors.ts";
import { memberOf, parseServiceId } from "../../core/ids.ts";
import type { ServiceActOrder } from "../admin-services.ts";
import { problemOf } from "../api/problem.ts";
import type { Answered, Asked, Route } from "../api/route.ts";
import { demanded, line, list, service, time, version, whole } from "../api/shapes.ts";
import type { Observation } from "../observation-desk.ts";
import type { OrderedAct } from "../ordered-act.ts";
import { orderedFor, statedIn } from "./ordered-for.ts";
import { asOfficer } from "./registration.ts";
import { checkOwn, needed } from "./server.ts";

const text = { type: "string" };
const anything = { type: "object" };
const lineNumber = { type: "integer", minimum: 1 };
const pointers = (most: number) => ({ ...list({ type: "string", maxLength: 2000 }), maxItems: most });
const developers = { method: "POST", allowed: ["service-developer"], scope: "members" } as const;
const orders = { ...developers, audit: "before", personal: "none", people: 1, answer: anything } as const;
/** Whoever has an officer's key here. */
const observers = { ...orders, people: 2, allowed: ["service-developer", "approver"] } as const;
const passphrase = { type: "string", minLength: 1, maxLength: 1000 };
const jws = { type: "string", maxLength: 6000, pattern: "^[A-Za-z0-9_.-]+$" };
const note = whole({ code: text, place: text, line: lineNumber, title: text, detail: text, remedy: text });

/** What a description or an OpenAPI document says of a service, as `POST /service-imports` answers. */
export interface ImportedService {
  /** What the document is. */
  readonly kind: ReadDescription["kind"];
  readonly description: Json;
  /** What an OpenAPI document says that a description does not, with its line. */
  readonly notes: readonly {
    readonly code: string;
    readonly place: string;
    readonly line: number;
    readonly title: string;
    readonly detail: string;
    readonly remedy: string;
  }[];
  /** For each of the places of the description that were asked for, the line of the document. */
  readonly lines: readonly number[];
}

type Word = ServiceActOrder["word"];

/** What each act states beside its service; why it is done stands in the administration's entry anyway. */
const statedBy: Readonly<Record<Word, (body: Asked["body"]) => ServiceActOrder["states"]>> = {
  suspend: ({ reason }) => ({ reason: reason! }),
  resume: ({ reason }) => ({ reason: reason! }),
  deprecate: (body) => ({ sunset: Date.parse(needed(body, "sunset") as string) }),
  archive: () => ({}),
  narrow: (body) => ({ fields: needed(body, "fields"), reason: body.reason! }),
};

/** What developers do with the services of their members, as the `sealway services` commands do it. */
export const serviceActRoutes: readonly Route[] = [
  {
    ...{ ...developers, path: "/service-imports", audit: "none", personal: "none", people: 1 },
    summary: "Reads a description or an OpenAPI document, JSON or YAML; nothing is published",
    body: demanded({ document: { type: "string", maxLength: 1024 * 1024 }, service, places: pointers(200) }, [
      "document",
    ]),
    answer: whole({
      kind: { enum: ["description", "openapi"] },
      description: {},
      notes: list(note),
      lines: list(lineNumber),
    }),
    run: importService,
  },
  {
    ...{ ...orders, path: "/services", summary: "Publishes a service description" },
    body: demanded(
      {
        ...{ description: anything, target: { type: "string", maxLength: 2000, pattern: "^https?://" } },
        ...{ dryRun: { type: "boolean" }, reason: line },
      },
      ["description"],
    ),
    run: publish,
  },
  {
    ...{ ...orders, path: "/service-acts" },
    summary: "Suspends, resumes, deprecates, archives or narrows a version",
    body: demanded(
      {
        ...{ service, version: line, reason: line, sunset: time, fields: pointers(200) },
        act: { type: "string", enum: Object.keys(statedBy) },
      },
      ["service", "version", "act", "reason"],
    ),
    run: actOnService,
  },
  {
    ...{ ...observers, path: "/service-observations", status: 201, answer: whole({ record: jws }) },
    summary: "Lets a version be observed: the first officer's signature, for the second",
    body: demanded(
      { service, version, passphrase, hours: { type: "integer", minimum: 1, maximum: 72 }, reason: line },
      [...["service", "version", "passphrase", "hours", "reason"]],
    ),
    run: beginObservation,
  },
  {
    ...{ ...observers, method: "GET", path: "/service-observation", audit: "none" },
    summary: "What an officer signed who lets a version be observed",
    query: demanded({ record: jws }, ["record"]),
    answer: whole({ service: text, version: text, reason: text, until: time }),
    run: async (asked) => {
      const { reason, service: id, until, version: of } = observationIn(asked, asked.query.record!);
      return { body: { service: id, version: of, reason, until: new Date(until).toISOString() } };
    },
  },
  {
    ...{ ...observers, path: "/service-observations/confirmation" },
    summary: "Lets a version be observed: the second officer's signature, by which it is",
    body: demanded({ record: jws, passphrase, reason: line }, ["record", "passphrase", "reason"]),
    run: confirmObservation,
  },
];

async function importService({ body }: Asked): Promise<Answered> {
  const document = String(body.document);
  const id = body.service === undefined ? undefined : parseServiceId(String(body.service));
  try {
    const read = readDescription("the document", Buffer.from(document), id);
    return { body: imported(document, read, (body.places ?? []) as readonly string[]) };
  } catch (error) {
    if (error instanceof ConfigurationError) return unreadable(document, error);
    throw error;
  }
}

function imported(document: string, read: ReadDescription, places: readonly string[]): Json {
  const { description, kind, notes, placeOf } = read;
  const asked = places.map(placeOf);
  const lines = documentLines(document, [...asked, ...notes.map(({ place }) => place)]);
  const told = notes.map(({ code, detail, place }) => {
    return { code, place, line: lines.get(place)!, detail, ...importCodes[code] };
  });
  const answer: ImportedService = {
    kind,
    description,
    notes: told,
    lines: asked.map((place) => lines.get(place)!),
  };
  return answer as unknown as Json;
}

/** Each fault is told with its line, which is where it stands or stops being read. */
function unreadable(document: string, { faults }: ConfigurationError): Answered {
  const code = "invalid_body";
  const isRead = faults.every(({ place }) => place.startsWith("/"));
  const lines = documentLines(isRead ? document : "{}", isRead ? faults.map(({ place }) => place) : []);
  const findings = faults.map(({ place, problem, remedy: mend }) => {
    const stated = /^line (\d{1,9})/.exec(place)?.[1];
    const found = lines.get(place) ?? Number(stated ?? 1);
    return { code, severity: "refused", place, line: found, title: problem, detail: "", remedy: mend };
  });
  const detail = `${faults[0]!.place}: ${faults[0]!.problem}`;
  return problemOf(new SealwayError(code, detail), { findings });
}

async function publish(asked: Asked): Promise<Answered> {
  const { body, services } = asked;
  const { description, target, dryRun } = body;
  const id = parseServiceId(String(Object(description).id));
  const member = memberOf(id);
  checkOwn(asked, member);
  await orderedFor(asked, member, [`service ${id}`]);
  const order = {
    description: Buffer.from(JSON.stringify(description)),
    target: target === undefined ? undefined : String(target),
    dryRun: dryRun === true,
  };
  return answerOf(await services.gateway.publish(order));
}

async function actOnService(asked: Asked): Promise<Answered> {
  const { body, services } = asked;
  const word = body.act as Word;
  const states = statedBy[word](body);
  const [id, version] = [String(body.service), String(body.version)];
  const member = memberOf(parseServiceId(id));
  checkOwn(asked, member);
  const about = [`service ${id}`, `version ${version}`, word, ...statedIn(states)];
  await orderedFor(asked, member, about);
  return answerOf(await services.gateway.actOnService({ service: id, version, word, states }));
}

/** @throws SealwayError `malformed_statement`, `bad_request`; `nothing_here` for a service of another member */
function observationIn(asked: Asked, record: string): Observation {
  const found = asked.services.observations.read(record);
  checkOwn(asked, memberOf(parseServiceId(found.service)));
  return found;
}

function aboutObservation({ service: id, until, version }: Observation, word: string) {
  const ends = `until ${new Date(until).toISOString()}`;
  const about = [`service ${id}`, `version ${version}`, word, ends];
  return { member: memberOf(parseServiceId(id)), about };
}

async function beginObservation(asked: Asked): Promise<Answered> {
  const { body, now, services } = asked;
  const until = now + Number(body.hours) * 3_600_000;
  const [id, version, reason] = [String(body.service), String(body.version), String(body.reason)];
  const observation = { service: id, version, reason, until };
  checkOwn(asked, memberOf(parseServiceId(id)));
  const record = await asOfficer(asked, aboutObservation(observation, "observe"), (key) =>
    services.observations.begin(key, observation),
  );
  return { status: 201, body: { record } };
}

async function confirmObservation(asked: Asked): Promise<Answered> {
  const record = String(asked.body.record);
  const about = aboutObservation(observationIn(asked, record), "observe, confirmed");
  return answerOf(await asOfficer(asked, about, (key) => asked.services.observations.confirm(key, record)));
}

/** What the authority refuses is a problem with its findings. */
function answerOf(act: OrderedAct): Answered {
  if (act.kind === "taken") return { body: act.report };
  const { kind: _, ...refused } = act;
  const title = "The governing authority refuses the act";
  const type = `urn:sealway:error:${act.code}`;
  return { status: refusedStatus, problem: { type, title, status: refusedStatus, ...refused } };
}

const refusedStatus = 422;
