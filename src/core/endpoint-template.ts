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
  /** `decoded` is what a service sees that decodes before it routes. */
  | { readonly kind: "literal"; readonly text: string; readonly decoded: string }
  | { readonly kind: "parameter"; readonly name: string }
  | { readonly kind: "rest" };

const literal = /^(?:[A-Za-z0-9\-._~!$&'()+,=:@]|%[0-9A-F]{2})*$/;
const parameter = /^\{([A-Za-z][A-Za-z0-9_-]*)\}$/;

/** @throws SealwayError `bad_request` for a text that is no template */
export function parseEndpointTemplate(text: string): EndpointTemplate {
  if (!text.startsWith("/")) throw new SealwayError("bad_request", "an endpoint's path begins with /");
  const parts = text.split("/").slice(1);
  const segments = parts.map((part, i) => parseSegment(part, i === parts.length - 1));
  const names = segments.flatMap((segment) => (segment.kind === "parameter" ? [segment.name] : []));
  if (new Set(names).size < names.length)
    throw new SealwayError("bad_request", "two parameters of an endpoint's path have the same name");
  return { text, segments };
}

function parseSegment(part: string, isLast: boolean): TemplateSegment {
  const name = parameter.exec(part)?.[1];
  if (name !== undefined) return { kind: "parameter", name };
  if (part === "**" && isLast) return { kind: "rest" };
  const decoded = literal.test(part) ? decode(part) : undefined;
  if (decoded !== undefined) return { kind: "literal", text: part, decoded };
  throw new SealwayError("bad_request", `"${part}" is no segment of an endpoint's path`);
}

/**
 * The raw values of the parameters when the raw path fits the template, else undefined.
 * @throws SealwayError `ambiguous_path` when escapes or path parameters decide whether it fits: a service that
 *   decodes, or cuts `;…` off, before it routes would see another endpoint than the one that is authorised
 */
export function matchEndpoint(template: EndpointTemplate, path: string): Map<string, string> | undefined {
  const { segments } = template;
  const values = fit(segments, path, "text");
  if (!/[%;]/.test(path)) return values;
  const decoded = decode(path);
  if (decoded === undefined || (fit(segments, decoded, "decoded") === undefined) !== (values === undefined)) {
    throw new SealwayError("ambiguous_path", "an escape in the path changes which endpoint it is");
  }
  return values;
}

/** A second reading of a raw path or segment: escapes decoded, path parameters (RFC 3986 §3.3) cut off. */
function decode(raw: string): string | undefined {
  try {
    return decodeURIComponent(raw.replace(/;[^/]*/g, ""));
  } catch {
    return undefined;
  }
}

function fit(
  segments: readonly TemplateSegment[],
  path: string,
  reading: "text" | "decoded",
): Map<string, string> | undefined {
  const parts = (path === "" ? "/" : path).split("/").slice(1);
  const values = new Map<string, string>();
  for (let i = 0; i < segments.length; i++) {
    const segment = segments[i] as TemplateSegment;
    const part = parts[i];
    if (segment.kind === "rest") return values;
    if (part === undefined) return undefined;
    if (segment.kind === "literal" && segment[reading] !== part) return undefined;
    if (segment.kind === "parameter") {
      if (part === "") return undefined;
      values.set(segment.name, part);
    }
  }
  return parts.length === segments.length ? values : undefined;
}
