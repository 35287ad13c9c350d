/** What the provider can be told to do wrong in the tokens that it gives. */
export const faults = [
  ...["none", "wrong-nonce", "old-auth-time", "low-acr", "wrong-audience", "wrong-issuer", "expired"],
  ...["no-auth-time", "unknown-key"],
] as const;

export type Fault = (typeof faults)[number];

export interface ProviderKnobs {
  fault: string;
}

/**
 * Turns knobs.
 * @param text JSON, as it was sent
 * @returns what is wrong with it: a misspelt knob would make a test pass for the wrong reason
 */
export function turnKnobs(knobs: ProviderKnobs, text: string): string | undefined {
  let wanted: { readonly fault?: unknown };
  try {
    wanted = JSON.parse(text);
  } catch {
    return "the knobs are not JSON";
  }
  const { fault } = wanted ?? {};
  if (typeof fault !== "string" || !faults.includes(fault as Fault)) {
    return `the only knob is fault, one of ${faults.join(", ")}`;
  }
  knobs.fault = fault;
  return undefined;
}
