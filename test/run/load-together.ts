import { pathToFileURL } from "node:url";

/*
 * Loaded before a test file, with others named in TESTS_BESIDE: they are loaded, too, and their tests follow its own.
 * The tests of all begin when all are loaded, for tap ends when it has nothing to do. Threads and processes that a test
 * starts may be given the same arguments, and find nothing to do here.
 */

const beside = process.env.TESTS_BESIDE;
delete process.env.TESTS_BESIDE;
if (beside !== undefined) {
  const { default: t } = await import("tap");
  t.test("files are loaded", async (t) => {
    await import(pathToFileURL(process.argv[1]!).href);
    for (const file of beside.split(" ")) await import(pathToFileURL(file).href);
    t.pass(beside);
  });
}
