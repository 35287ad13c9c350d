import type { ServerResponse } from "node:http";
import type { Html } from "../../web/html.ts";

/** What the provider answers; beside it only what is the same on all. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** @param origins where its form may lead, beside the provider itself */
export function pageAnswer(status: number, page: Html, origins: readonly string[] = []): Answer {
  const actions = ["'self'", ...origins].join(" ");
  const policy = `default-src 'none'; style-src 'self'; form-action ${actions}; frame-ancestors 'none'; base-uri 'none'`;
  return answer(status, "text/html", page.toString(), { "content-security-policy": policy });
}

export function jsonAnswer(status: number, value: object): Answer {
  return answer(status, "application/json", JSON.stringify(value));
}

export function textAnswer(status: number, type: string, text: string): Answer {
  return answer(status, type, text);
}

export function redirect(location: string, headers: Answer["headers"] = {}): Answer {
  return { status: 303, headers: { location, ...headers }, text: "" };
}

export function sendAnswer(response: ServerResponse, { status, headers, text }: Answer): void {
  const always = {
    "cache-control": "no-store",
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
  };
  response.writeHead(status, { ...always, ...headers }).end(text);
}

function answer(status: number, type: string, text: string, headers: Answer["headers"] = {}): Answer {
  return { status, headers: { "content-type": `${type}; charset=utf-8`, ...headers }, text };
}
