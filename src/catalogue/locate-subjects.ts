import { SealwayError } from "../core/errors.ts";
import type { Endpoint, SubjectLocation } from "./service-description.ts";

/** A person or organisation found in a request, its identifier normalised. */
export interface LocatedSubject {
  readonly role: "asked-about" | "representative";
  readonly scheme: string;
  readonly value: string;
}

/** The places of a request where a description may locate somebody. */
export interface RequestPlaces {
  readonly parameters: ReadonlyMap<string, string>;
  /** Raw query with its "?", or empty. */
  readonly query: string;
  header(name: string): string | undefined;
  /** The parsed JSON body; undefined when there is none. */
  readonly body: unknown;
}

/**
 * The subjects that the description locates in a request. Both gateways ask this same function, so that neither
 * can be told another person than the service is asked about.
 * @throws SealwayError `subject_missing`, and `bad_request` when a named parameter occurs twice
 */
export function locateSubjects(endpoint: Endpoint, request: RequestPlaces): LocatedSubject[] {
  return endpoint.subjects.map((location) => {
    const raw = finders[location.in](location, request);
    const value = raw === undefined ? "" : normalise(raw);
    if (value === "") {
      throw new SealwayError(
        "subject_missing",
        `the ${location.in} has no ${location.name} with the subject's identifier`,
      );
    }
    return { role: location.role, scheme: location.scheme, value };
  });
}

/** The one spelling of an identifier: without outer white space, composed, upper case. */
export function normalise(identifier: string): string {
  return identifier.trim().normalize("NFC").toUpperCase();
}

type Finder = (location: SubjectLocation, request: RequestPlaces) => string | undefined;

const finders: Readonly<Record<SubjectLocation["in"], Finder>> = {
  path: ({ name }, { parameters }) => {
    const raw = parameters.get(name);
    return raw === undefined ? undefined : decodeURIComponent(raw);
  },
  query: ({ name }, { query }) => {
    const values = new URLSearchParams(query).getAll(name);
    if (values.length > 1) throw new SealwayError("bad_request", `the query has ${name} more than once`);
    return values[0];
  },
  header: ({ name }, request) => request.header(name),
  body: ({ name }, { body }) => {
    const value = atPointer(body, name);
    return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
  },
};

/** RFC 6901 §4. */
function atPointer(document: unknown, pointer: string): unknown {
  let value = document;
  for (const part of pointer.split("/").slice(1)) {
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
