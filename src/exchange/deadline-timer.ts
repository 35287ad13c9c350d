/**
 * Milliseconds to which the time until a deadline is rounded up. node keeps a list of timers for each duration, and
 * would otherwise make and drop one for nearly every call.
 */
const step = 64;

/** Calls back soon after a deadline that is so many milliseconds away, at once when it has passed. */
export function startDeadline<Given extends unknown[]>(
  late: (...given: Given) => void,
  milliseconds: number,
  ...given: Given
): NodeJS.Timeout {
  return setTimeout(late, Math.ceil(Math.max(0, milliseconds) / step) * step, ...given);
}
