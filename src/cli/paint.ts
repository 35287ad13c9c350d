/** SGR codes (ECMA-48 §8.3.117) that every terminal has. */
const colours = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 } as const;

export type Colour = keyof typeof colours;

/** Where words go that may be coloured. */
export interface Screen {
  readonly isTTY?: boolean | undefined;
}

/**
 * Text in a colour, where a terminal shows it: never in a file or a pipe, nor with NO_COLOR (no-color.org) or a terminal
 * that is called dumb.
 */
export function paint(
  text: string,
  colour: Colour,
  screen: Screen = process.stdout,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const { NO_COLOR: none, TERM: terminal } = environment;
  const isPlain = screen.isTTY !== true || (none !== undefined && none !== "") || terminal === "dumb";
  return isPlain ? text : `\u001b[${colours[colour]}m${text}\u001b[0m`;
}
