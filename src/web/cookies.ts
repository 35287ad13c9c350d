/** A site's cookies; all are unreadable for scripts, and none is sent with a stranger's form. */
export interface CookieSettings {
  /** Whether the site is reached by HTTPS only: then cookies are bound to its very host (`__Host-`). */
  readonly overHttps: boolean;
}

export type CookieName = "session" | "signing-in" | "language";

const mostCookieBytes = 8192;

/** As the browser knows a cookie; without HTTPS there is no `__Host-`. */
function nameOf(name: CookieName, { overHttps }: CookieSettings): string {
  return `${overHttps ? "__Host-" : ""}sealway-${name}`;
}

/**
 * A cookie's value in a request's `Cookie` header, an attacker's choice; undefined when it is not there or stands twice.
 */
export function readCookie(
  header: string | undefined,
  name: CookieName,
  settings: CookieSettings,
): string | undefined {
  if (header === undefined || header.length > mostCookieBytes) return undefined;
  const prefix = `${nameOf(name, settings)}=`;
  const found = header
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(prefix));
  const value = found.length === 1 ? found[0]!.slice(prefix.length) : undefined;
  return value !== undefined && /^[A-Za-z0-9_-]{1,3000}$/.test(value) ? value : undefined;
}

/**
 * A `Set-Cookie` value (RFC 6265 §4.1).
 * @param seconds how long it lives; until the browser is closed when undefined, 0 takes it away
 */
export function cookie(
  name: CookieName,
  value: string,
  settings: CookieSettings,
  seconds: number | undefined,
): string {
  const age = seconds === undefined ? "" : `; Max-Age=${seconds}`;
  const secure = settings.overHttps ? "; Secure" : "";
  return `${nameOf(name, settings)}=${value}; Path=/; HttpOnly; SameSite=Lax${secure}${age}`;
}
