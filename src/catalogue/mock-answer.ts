import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { Json } from "../core/canonical-json.ts";
import { matchEndpoint } from "../core/endpoint-template.ts";
import { SealwayError } from "../core/errors.ts";
import { parseStrictJson } from "../core/strict-json.ts";
import type { Schema } from "./compatibility/json-schema.ts";
import type { EndpointDocument } from "./description-document.ts";
import { parameterReadings } from "./parameter-readings.ts";
import { findEndpoint, type ServiceDescription } from "./service-description.ts";

export interface MockRequest {
  readonly method: string;
  /** Raw service path, without query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Uint8Array;
  /** Status that the caller wants to see: `Prefer: code=404`. */
  readonly wanted?: string | undefined;
}

export interface MockAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json;
}

/** What is wrong with a request, and where: `path:code`, `query:on`, or a JSON pointer into the body. */
interface Fault {
  readonly place: string;
  readonly problem: string;
}

/** Answers as a described service would, from the examples of its description. */
export class MockService {
  readonly #description: ServiceDescription;
  readonly #ajv = addFormats.default(new Ajv2020({ strict: false, logger: false, allErrors: true }));
  readonly #compiled = new Map<Schema, ValidateFunction>();

  constructor(description: ServiceDescription) {
    this.#description = description;
  }

  /** Never throws for what a caller sends. @param request anybody's */
  answer(request: MockRequest): MockAnswer {
    try {
      return this.#answer(request);
    } catch (error) {
      if (!(error instanceof SealwayError)) throw error;
      const status = error.code === "endpoint_not_described" ? 404 : 400;
      return told(status, error.entry.title, [{ place: "", problem: error.detail }]);
    }
  }

  #answer(request: MockRequest): MockAnswer {
    const { method, path } = request;
    const allowed = this.#methodsAt(path);
    if (allowed.length > 0 && !allowed.includes(method) && !allowed.includes("*")) {
      const answer = told(405, "The endpoint does not take this method", [
        { place: path, problem: allowed.join(", ") },
      ]);
      return { ...answer, headers: { ...answer.headers, allow: allowed.join(", ") } };
    }
    const { endpoint, parameters } = findEndpoint(this.#description, method, path);
    const document = this.#description.document.endpoints[this.#description.endpoints.indexOf(endpoint)]!;
    const faults = [
      ...this.#parameterFaults(document, parameters, request.query),
      ...this.#bodyFaults(document, request),
    ];
    return faults.length > 0
      ? told(400, "The request does not fit the description", faults)
      : example(document, request);
  }

  #methodsAt(path: string): readonly string[] {
    return this.#description.endpoints
      .filter(({ template }) => matchEndpoint(template, path) !== undefined)
      .map(({ method }) => method);
  }

  *#parameterFaults(
    { parameters }: EndpointDocument,
    inPath: ReadonlyMap<string, string>,
    query: URLSearchParams,
  ): Generator<Fault> {
    if (parameters === undefined) return;
    for (const [place, { schema, required }] of Object.entries(parameters)) {
      const name = place.slice(place.indexOf(":") + 1);
      const raw = inPath.get(name);
      const values = place.startsWith("query:")
        ? query.getAll(name)
        : raw === undefined
          ? []
          : [decodeURIComponent(raw)];
      if (values.length === 0 && required === true) yield { place, problem: "missing" };
      if (values.length === 0) continue;
      const faults = parameterReadings(values).map((reading) => this.#faults(schema, reading));
      if (!faults.some((found) => found.length === 0)) yield { place, problem: faults[0]![0]!.problem };
    }
    for (const name of new Set(query.keys())) {
      if (!Object.hasOwn(parameters, `query:${name}`))
        yield { place: `query:${name}`, problem: "not described" };
    }
  }

  #bodyFaults({ request }: EndpointDocument, { body }: MockRequest): readonly Fault[] {
    if (this.#description.contentKind !== "json") return [];
    if (request === undefined) return body.length > 0 ? [{ place: "", problem: "no body is described" }] : [];
    return this.#faults(request.schema, parseStrictJson(body) as Json);
  }

  #faults(schema: Schema, value: Json): readonly Fault[] {
    const validate = this.#compiled.get(schema) ?? this.#ajv.compile(schema);
    // Nothing but the compiled function is kept: two schemas may use the same identifiers.
    this.#ajv.removeSchema();
    this.#compiled.set(schema, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).slice(0, 50).map(({ instancePath, message, params }) => ({
      place: instancePath,
      problem: `${message}${params.additionalProperty === undefined ? "" : `: ${params.additionalProperty}`}`,
    }));
  }
}

function example({ responses = {} }: EndpointDocument, { wanted }: MockRequest): MockAnswer {
  const statuses = Object.keys(responses).sort();
  const status = wanted ?? statuses.find((each) => each.startsWith("2"));
  const examples = (status === undefined ? undefined : responses[status]?.examples) ?? [];
  if (examples.length > 0)
    return { status: Number(status), headers: { "sealway-mock": "example" }, body: examples[0]! };
  const problem = `examples are described for: ${statuses.join(", ") || "no status"}`;
  return told(501, "The description has no example to answer with", [{ place: status ?? "", problem }]);
}

function told(status: number, message: string, faults: readonly Fault[]): MockAnswer {
  const found = faults.map(({ place, problem }) => ({ place, problem }));
  return { status, headers: { "sealway-mock": "refusal" }, body: { type: "Mock", message, faults: found } };
}
