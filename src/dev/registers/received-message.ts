import { sha256 } from "../../core/bytes.ts";
import { readBody } from "./read-body.ts";
import { type Call, type Handler, json, refuse } from "./route.ts";

const mostBytes = 16 * 1024;

/**
 * Takes a message and tells under which reference; the same message has the same one. Nothing is kept.
 * @param members texts that the message has to have
 */
export function receive(...members: readonly string[]): Handler {
  return async ({ request }: Call) => {
    const body = await readBody(request, mostBytes);
    if (body === undefined || !hasTexts(body, members)) {
      return refuse(400, "bad_message", `send a JSON object with ${members.join(", ")}`);
    }
    return json({ reference: `RC-${sha256(body).toString("hex").slice(0, 12).toUpperCase()}` }, 202);
  };
}

/** @param body the caller's */
function hasTexts(body: Buffer, members: readonly string[]): boolean {
  try {
    const message = JSON.parse(body.toString());
    return members.every((name) => typeof message?.[name] === "string");
  } catch {
    return false;
  }
}
