/**
 * A whole number from a caller's query.
 * @returns the number, `otherwise` when there is none, undefined when it is no whole number from 0 to `most`
 */
export function parseWhole(text: string | null, otherwise: number, most: number): number | undefined {
  if (text === null) return otherwise;
  const number = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
  return number <= most ? number : undefined;
}
