interface Step {
  readonly number: number;
  readonly run: { readonly name: string };
}

const writes = (step: Step | undefined) => step !== undefined && /^(?:record|note|keep)/.test(step.run.name);

/**
 * The steps of a passage after which a gateway is killed: its first, the last of each number, each that writes, and the
 * one before. Between the others nothing is written, sent or done: a death there leaves what one of these leaves.
 */
export function deathsIn<S extends Step>(passage: readonly S[]): readonly S[] {
  return passage.filter((step, i) => {
    const next = passage[i + 1];
    return i === 0 || next?.number !== step.number || writes(step) || writes(next);
  });
}
