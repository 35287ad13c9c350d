/** GovStack's words for the client. */
const govStackHeaders = ["x-govstack-client", "information-mediator-client"];

const listing = /^\/r1\/(?:[^/?]+\/){4}(?:listMethods|allowedMethods)$/;

/**
 * Whether a caller (possibly hostile) speaks GovStack's dialect: it names itself in GovStack's header and not in
 * X-Road's.
 * @param rawHeaders names and values in turn
 */
export function isGovStackCall(rawHeaders: readonly string[]): boolean {
  const names = rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
  return names.some((name) => govStackHeaders.includes(name)) && !names.includes("x-road-client");
}

/**
 * The target of a call, in which a listing that GovStack's clients ask for says in which shape they read it: the
 * provider sees X-Road's header alone.
 */
export function govStackTarget(target: string, rawHeaders: readonly string[]): string {
  return listing.test(target) && isGovStackCall(rawHeaders) ? `${target}?dialect=govstack` : target;
}
