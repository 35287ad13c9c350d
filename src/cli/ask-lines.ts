import { createInterface } from "node:readline";
import { UsageError } from "./arguments.ts";

/**
 * Asks questions on the terminal while something needs the answers; from a pipe, each line is one.
 * @throws UsageError when the input ends before all is answered
 */
export async function withAnswers<Result>(
  work: (ask: (question: string) => Promise<string>) => Promise<Result>,
): Promise<Result> {
  const input = createInterface({ input: process.stdin });
  const lines = input[Symbol.asyncIterator]();
  try {
    return await work(async (question) => {
      process.stdout.write(question);
      const line = await lines.next();
      if (line.done) throw new UsageError("the input ended before everything was answered");
      return line.value;
    });
  } finally {
    input.close();
  }
}
