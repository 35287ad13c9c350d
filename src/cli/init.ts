import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pino } from "pino";
import { askQuestions } from "../assembly/init/ask-questions.ts";
import { checkInitAnswers, type InitAnswers, readInitAnswers } from "../assembly/init/init-answers.ts";
import { initQuestions } from "../assembly/init/init-questions.ts";
import { initServer, type WithServer } from "../assembly/init/init-server.ts";
import { InitStopped } from "../assembly/init/init-work.ts";
import { askForKeys } from "../assembly/keys/order-keys.ts";
import { systemClock } from "../core/clock.ts";
import { startGateway } from "../gateway.ts";
import { loadAnchor } from "../trust/anchor.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { withAnswers } from "./ask-lines.ts";
import { exitCodes } from "./command.ts";
import { toJson } from "./json-flag.ts";
import { stopSignal } from "./stop-signal.ts";

export const summary = "Makes a new security server: from nothing to its first verified exchange";

export const description =
  "Writes the server's configuration file, makes its keys, gets their certificates (from the CA of `settings.acme`, or by " +
  "the requests that it writes, waiting for what the CA issues), asks the governing authority to register the member, " +
  "the server and its subsystems, waits for the approval, runs one exchange and verifies its evidence. Each step says " +
  "what happens and what is missing. Break it off and run it again: what is done stays done.\n" +
  "Without --answers it asks, and keeps the answers as answers.json in the folder.";

export const flags = [
  {
    kind: "text",
    name: "directory",
    value: "DIR",
    default: ".",
    description: "Where the server's files are written: server.json, keys, state.",
  },
  {
    kind: "text",
    name: "answers",
    value: "FILE",
    description: "All answers (schemas/init/v1.schema.json); nothing is asked then.",
  },
] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const given = readArguments({ flags }, args).flags;
  const directory = resolve(given.directory);
  const answers = await (given.answers === undefined
    ? keptOrAsked(directory)
    : readInitAnswers(given.answers));
  const broken = new AbortController();
  void stopSignal().then(() => broken.abort());
  const work = { directory, answers, clock: systemClock, tell, signal: broken.signal };
  try {
    await initServer(work, withServer(answers));
  } catch (error) {
    if (broken.signal.aborted) tell("broken off: run it again to go on");
    else if (error instanceof InitStopped) process.stderr.write(`sealway init: ${error.message}\n`);
    else throw error;
    return exitCodes.failed;
  }
  const demonstration =
    (await loadAnchor(answers.anchor)).purpose === "demonstration" ? " --demonstration" : "";
  tell(`start it: sealway serve --config ${join(directory, "server.json")}${demonstration}`);
  return exitCodes.ok;
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

function withServer({ anchor }: InitAnswers): WithServer {
  return async (configuration, work) => {
    // Two processes must not have one log.
    if ((await askForKeys(configuration)) !== undefined)
      return tell("    the server runs already: no test exchange");
    const { purpose } = await loadAnchor(anchor);
    const logger = pino({ name: "sealway", level: "error" }, process.stderr);
    const gateway = await startGateway({ configuration, purpose, clock: systemClock, logger });
    try {
      await work({ httpPort: gateway.ports.http, sealNow: () => gateway.sealNow() });
    } finally {
      await gateway.close();
    }
  };
}

/** What was answered once is not asked again. */
async function keptOrAsked(directory: string): Promise<InitAnswers> {
  const kept = join(directory, "answers.json");
  if (existsSync(kept)) return readInitAnswers(kept);
  const answered = await withAnswers((ask) => askQuestions(initQuestions, ask));
  const answers = checkInitAnswers(JSON.stringify(answered), resolve("answers"));
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(kept, toJson(answers));
  return answers;
}
