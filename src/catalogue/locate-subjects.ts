import { headerText } from "../core/bytes.ts";
import { SealwayError } from "../core/errors.ts";
import type { SubjectLocation } from "./description-document.ts";
import { plainRule, spell } from "./identifier-rule.ts";
import type { Endpoint } from "./service-description.ts";
import type { Vocabulary } from "./vocabulary.ts";

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
 * @param vocabulary of the configuration in force: it says how identifiers of a scheme are spelled
 * @throws SealwayError `subject_missing`, `subject_malformed`, and `bad_request` when a named parameter occurs twice
 */
export function locateSubjects(
  endpoint: Pick<Endpoint, "subjects">,
  request: RequestPlaces,
  vocabulary: Pick<Vocabulary, "normalise">,
): LocatedSubject[] {
  return endpoint.subjects.map((location) => {
    const { name, role, scheme } = location;
    const raw = finders[location.in](location, request);
    if (raw === undefined || spell(plainRule, raw) === undefined)
      throw new SealwayError(
        "subject_missing",
        `the ${location.in} has no ${name} with the subject's identifier`,
      );
    const value = vocabulary.normalise(scheme, raw);
    if (value === undefined)
      throw new SealwayError(
        "subject_malformed",
        `${name} of the ${location.in} is no identifier of ${scheme}`,
      );
    return { role, scheme, value };
  });
}

type Finder = (location: SubjectLocation, request: RequestPlaces) => string | undefined;

const finders: Readonly<Record<SubjectLocation["in"], Finder>> = {
  path: ({ name }, { parameters }) => {
    const raw = parameters.get(name);
    // A service that cuts path parameters off would answer about somebody whom the record does not name.
    if (raw?.includes(";"))
      throw new SealwayError("ambiguous_path", `the path's ${name} has a parameter of its own`);
    return raw === undefined ? undefined : decodeURIComponent(raw);
  },
  query: ({ name }, { query }) => {
    // Some take a semicolon for the end of a field, and would answer about somebody whom the record does not name.
    if (query.includes(";"))
      throw new SealwayError("bad_request", "the query has a semicolon that is not escaped");
    const values = new URLSearchParams(query);
    // Many frameworks do not tell the cases of names apart, nor a list from its first value.
    const alike = [...values.keys()].filter((other) => plainName(other) === plainName(name));
    if (alike.length > 1) throw new SealwayError("bad_request", `the query has ${name} more than once`);
    return values.get(name) ?? undefined;
  },
  header: ({ name }, request) => {
    const value = request.header(name);
    return value === undefined ? undefined : headerText(value);
  },
  body: ({ name }, { body }) => {
    const value = atPointer(body, name);
    // Above 2^53 two numbers of the text are one here, and a service may tell them apart.
    return typeof value === "string" || Number.isSafeInteger(value) ? String(value) : undefined;
  },
};

function plainName(name: string): string {
  return name.toLowerCase().split("[")[0]!;
}

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
