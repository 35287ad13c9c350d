import { SealwayError } from "../core/errors.ts";

/** Fields of a form; ours have a dozen. */
const mostFields = 100;

/**
 * Reads a form with files (RFC 7578) as if it had been sent without: a file is the text that it holds, and one that was
 * not chosen is no field.
 * @param contentType with its boundary; like the bytes an attacker's choice
 * @throws SealwayError `bad_request`
 */
export async function parseMultipartForm(contentType: string, bytes: Buffer): Promise<URLSearchParams> {
  const fields = new URLSearchParams();
  const form = await read(contentType, bytes);
  let count = 0;
  for (const [name, value] of form) {
    if (++count > mostFields) throw new SealwayError("bad_request", "the form has too many fields");
    if (typeof value === "string") fields.append(name, value);
    else if (value.size > 0) fields.append(name, await value.text());
  }
  return fields;
}

async function read(contentType: string, bytes: Buffer): Promise<FormData> {
  try {
    return await new Response(new Uint8Array(bytes), { headers: { "content-type": contentType } }).formData();
  } catch (cause) {
    throw new SealwayError("bad_request", "the form cannot be read", { cause });
  }
}
