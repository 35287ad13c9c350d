import { pathToFileURL } from "node:url";
import t from "tap";

/*
 * Loaded before a test file, with others named in TESTS_BESIDE: they are loaded, too, and their tests follow its own.
 * The tests of all begin when all are loaded, for tap ends when it has nothing to do.
 */

const files = (process.env.TESTS_BESIDE ?? "").split(" ");
delete process.env.TESTS_BESIDE;
t.test("files are loaded", async (t) => {
  await import(pathToFileURL(process.argv[1]!).href);
  for (const file of files) await import(pathToFileURL(file).href);
  t.pass(files.join(" "));
});
