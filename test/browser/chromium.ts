import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const program = (process.env.PATH ?? "")
  .split(delimiter)
  .map((folder) => join(folder, "chromium"))
  .find(isExecutable);

/** Why tests in a browser are left out here; false where Debian's package `chromium` is installed. */
export const withoutChromium = program === undefined && "no chromium is installed here";

/** Starts the browser, which ends with the test; those who use it get a context each. */
export async function startChromium(t: { teardown(close: () => unknown): void }): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: program!,
    // Its sandbox refuses to be run by root.
    chromiumSandbox: process.getuid?.() !== 0,
    // The names of the pages' hosts stand in no resolver: whatever else is asked for would fail, and be noticed.
    args: ["--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
  });
  t.teardown(() => browser.close());
  return browser;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
