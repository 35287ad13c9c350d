import { equalSecret } from "../core/bytes.ts";

/** What a browser says of where a request comes from: an attacker's choice where no browser sent it. */
export interface ShownOrigin {
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site` (Fetch Metadata). */
  readonly site: string | undefined;
}

/** Whether a browser says that a page of ours made the request, or no browser made it. @param publicUrl of the site */
export function isFromUs(publicUrl: string, { origin, site }: ShownOrigin): boolean {
  return (origin === undefined || origin === publicUrl) && (site === undefined || site === "same-origin");
}

/**
 * Whether a request comes from a page of this very session: a browser sends the cookie with a stranger's form, too.
 * @param given the token that the request shows, an attacker's choice
 * @param formToken the session's; undefined when nobody is signed in
 */
export function isOwnForm(
  publicUrl: string,
  shown: ShownOrigin,
  given: string,
  formToken: string | undefined,
): boolean {
  return (
    formToken !== undefined &&
    isFromUs(publicUrl, shown) &&
    equalSecret(Buffer.from(given), Buffer.from(formToken))
  );
}
