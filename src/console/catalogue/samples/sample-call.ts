import type { ShownService } from "../../../admin/use-cases/catalogue.ts";
import { plainJson } from "../../../web/html.ts";

type Endpoint = ShownService["description"]["endpoints"][number];

/** A call with example values, of which sample code is written in each language. All of it is the provider's choice. */
export interface SampleCall {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** JSON; undefined for a call without a body. */
  readonly body: string | undefined;
  /** Whether the answer is JSON. */
  readonly answersJson: boolean;
}

/** Who asks, and where. */
export interface SampleCaller {
  readonly id: string;
  readonly authentication: string;
  /** Of the security server's interface for information systems. */
  readonly address: string;
}

/** The call to an endpoint: parameters have the value of an example where there is one, and else their name. */
export function sampleCall(
  { description, id }: Pick<ShownService, "description" | "id">,
  endpoint: Endpoint,
  caller: SampleCaller,
): SampleCall {
  const { method, parameters = {}, path, request } = endpoint;
  const encodedValue = (place: string, name: string) => {
    const parameter = parameters[`${place}:${name}`];
    return encodeURIComponent(parameter === undefined ? name : exampleOf(parameter.schema, name));
  };
  const filled = path.replace(/\{([^}]*)\}/g, (_, name: string) => encodedValue("path", name));
  const query = Object.entries(parameters)
    .filter(([name, { required }]) => name.startsWith("query:") && required === true)
    .map(([name]) => name.slice("query:".length))
    .map((name) => `${encodeURIComponent(name)}=${encodedValue("query", name)}`);
  const [purpose] = description.purposes ?? [];
  const example = request?.examples?.[0];
  return {
    method: method === "*" ? "GET" : method,
    url: `${caller.address}/r1/${id}${withoutWildcards(filled)}${query.length === 0 ? "" : `?${query.join("&")}`}`,
    headers: [
      ["X-Road-Client", caller.id],
      ...(purpose === undefined ? [] : [["Sealway-Purpose", purpose.id] as const]),
      ...(caller.authentication === "token" ? [["Proxy-Authorization", "Bearer TOKEN"] as const] : []),
      ...(request === undefined ? [] : [["Content-Type", "application/json"] as const]),
    ],
    body: request === undefined ? undefined : plainJson(JSON.stringify(example ?? {})),
    answersJson: description.contentKind === "json",
  };
}

function exampleOf(schema: unknown, name: string): string {
  const { default: usual, enum: choices, examples } = Object(schema) as Readonly<Record<string, unknown>>;
  const listed = [
    Array.isArray(examples) ? examples[0] : undefined,
    usual,
    Array.isArray(choices) ? choices[0] : undefined,
  ];
  const found = listed.find((value) => typeof value === "string" || typeof value === "number");
  return found === undefined ? name : String(found);
}

function withoutWildcards(path: string): string {
  return path.replace(/\*+/g, "");
}
