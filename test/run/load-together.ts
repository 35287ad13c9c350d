import { pathToFileURL } from "node:url";

/*
 * Loaded before a test file, with others named in TESTS_BESIDE: they are loaded, too, and their tests follow its own.
 * The tests of all begin when all are loaded, for tap ends when it has nothing to do. Threads and processes that a test
 * starts may be given the same arguments, and find nothing to do here. A file that registers nothing to be tested fails
 * all: the totals of the process would not tell it from one that passed.
 */

const beside = process.env.TESTS_BESIDE;
delete process.env.TESTS_BESIDE;
if (beside !== undefined) {
  const { default: t } = await import("tap");
  const waiting = () => t.queue.filter((entry) => typeof entry === "object").length;
  t.before(async () => {
    for (const file of [process.argv[1]!, ...beside.split(" ")]) {
      const before = waiting();
      await import(pathToFileURL(file).href);
      if (waiting() === before) throw new Error(`${file} tests nothing`);
    }
  });
}
