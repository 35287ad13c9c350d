import { SealwayError } from "./errors.ts";

/*
 * Path templates of endpoints: literal segments and parameters, `/persons/{code}/income`; a last segment `**`
 * takes everything below. An empty service path is matched as "/".
 */
export interface EndpointTemplate {
  readonly text: string;
  readonly segments: readonly TemplateSegment[];
}

type TemplateSegment =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "parameter"; readonly name: string }
  | { readonly kind: "rest" };

const literal = /^(?:[A-Za-z0-9\-._~!$&'()+,;=:@]|%[0-9A-F]{2})*$/;
const parameter = /^\{([A-Za-z][A-Za-z0-9_-]*)\}$/;

/** @throws SealwayError `bad_request` for a text that is no template */
export function parseEndpointTemplate(text: string): EndpointTemplate {
  const parts = text.split("/").slice(1);
  if (!text.startsWith("/")) throw new SealwayError("bad_request", "an endpoint's path begins with /");
  const segments = parts.map((part, i): TemplateSegment => {
    const name = parameter.exec(part)?.[1];
    if (name !== undefined) return { kind: "parameter", name };
    if (part === "**" && i === parts.length - 1) return { kind: "rest" };
    if (literal.test(part)) return { kind: "literal", text: part };
    throw new SealwayError("bad_request", `"${part}" is no segment of an endpoint's path`);
  });
  return { text, segments };
}

/**
 * The raw values of the parameters when the raw path fits the template, else undefined.
 * @throws SealwayError `ambiguous_path` when an encoded slash decides whether it fits: a service that decodes
 *   before it routes would see another path
 */
export function matchEndpoint(template: EndpointTemplate, path: string): Map<string, string> | undefined {
  const values = fit(template.segments, (path === "" ? "/" : path).split("/").slice(1));
  const takesAnything = template.segments[0]?.kind === "rest";
  if (values !== undefined && !takesAnything && /%2f/i.test(path)) {
    throw new SealwayError("ambiguous_path", "an encoded slash in the path changes which endpoint it is");
  }
  return values;
}

function fit(
  segments: readonly TemplateSegment[],
  parts: readonly string[],
): Map<string, string> | undefined {
  const values = new Map<string, string>();
  for (let i = 0; i < segments.length; i++) {
    const segment = segments[i] as TemplateSegment;
    const part = parts[i];
    if (segment.kind === "rest") return values;
    if (part === undefined) return undefined;
    if (segment.kind === "literal" && segment.text !== part) return undefined;
    if (segment.kind === "parameter") {
      if (part === "") return undefined;
      values.set(segment.name, part);
    }
  }
  return parts.length === segments.length ? values : undefined;
}
