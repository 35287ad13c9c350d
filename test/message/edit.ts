/** The text with the first occurrence of one piece exchanged; octets as latin1 characters. */
export function edited(text: string, [old, put]: readonly string[]): Buffer {
  const at = text.indexOf(old as string);
  if (at < 0) throw new Error(`the text has no ${old}`);
  return Buffer.from(text.slice(0, at) + put + text.slice(at + (old as string).length), "latin1");
}

/** The one of this name. */
export function named<T extends { readonly name: string }>(list: readonly T[], name: string): T {
  const found = list.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}
