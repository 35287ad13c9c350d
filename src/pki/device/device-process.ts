import { DeviceError } from "./device-error.ts";
import type {
  AskedQuestion,
  DeviceAnswers,
  DeviceQuestion,
  DeviceReply,
  DeviceStart,
} from "./device-question.ts";
import { Pkcs11Token } from "./pkcs11-token.ts";

/*
 * The process of one token. It is started by `DeviceToken`, which sends a `DeviceStart` and then questions, and ends with it.
 */

/** A token that may go and come back. */
class OpenToken {
  readonly #start: DeviceStart;
  readonly #library: ReturnType<typeof Pkcs11Token.load>;
  readonly #free: number[];
  readonly #waiting: ((session: number) => void)[] = [];
  readonly #running = new Set<Promise<unknown>>();
  #token: Pkcs11Token | undefined;
  #opening: Promise<Pkcs11Token> | undefined;

  constructor(start: DeviceStart) {
    this.#start = start;
    this.#library = Pkcs11Token.load(start.module);
    this.#free = Array.from({ length: start.sessions }, (_, i) => i);
  }

  /** Asks the token; a second time after it was opened anew when it failed, as a device does that was away. */
  async ask<Answer>(work: (token: Pkcs11Token) => Answer | Promise<Answer>): Promise<Answer> {
    const token = await this.#open();
    try {
      return await this.#run(work, token);
    } catch (error) {
      if (error instanceof DeviceError && error.fault !== "device") throw error;
      if (this.#token === token) this.#token = undefined;
      return this.#run(work, await this.#open());
    }
  }

  /** The number of a session that nothing runs in. */
  async inSession<Answer>(work: (session: number) => Promise<Answer>): Promise<Answer> {
    const session = this.#free.pop() ?? (await new Promise<number>((resolve) => this.#waiting.push(resolve)));
    try {
      return await work(session);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.push(session);
      else next(session);
    }
  }

  async #run<Answer>(work: (token: Pkcs11Token) => Answer | Promise<Answer>, token: Pkcs11Token) {
    const running = Promise.resolve(token).then(work);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  #open(): Promise<Pkcs11Token> {
    if (this.#token !== undefined) return Promise.resolve(this.#token);
    this.#opening ??= this.#openAnew().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** No call of the library may run while it is initialised. */
  async #openAnew(): Promise<Pkcs11Token> {
    await Promise.allSettled(this.#running);
    this.#token = Pkcs11Token.open(this.#library, this.#start);
    return this.#token;
  }
}

type Answers = {
  readonly [Ask in DeviceQuestion["ask"]]: (
    token: OpenToken,
    question: Extract<DeviceQuestion, { ask: Ask }>,
  ) => Promise<DeviceAnswers[Ask]>;
};

const answers: Answers = {
  open: (token) => token.ask(({ about }) => about),
  keys: (token) => token.ask((one) => one.keys()),
  find: (token, { key }) => token.ask((one) => one.key(key)),
  make: (token, { label, kind }) => token.ask((one) => one.make(label, kind)),
  sign: (token, { key, kind, input }) =>
    token.inSession((session) => token.ask((one) => one.sign(session, key, kind, input))),
};

let start: DeviceStart | undefined;
let opened: OpenToken | undefined;

async function answer(message: DeviceStart | AskedQuestion): Promise<void> {
  if (!("question" in message)) {
    start = message;
    return;
  }
  const { number, question } = message;
  const reply = await replyTo(question);
  process.send?.({ number, ...reply } as DeviceReply);
}

async function replyTo(question: DeviceQuestion) {
  try {
    opened ??= new OpenToken(start!);
    const respond = answers[question.ask] as (token: OpenToken, asked: DeviceQuestion) => Promise<unknown>;
    return { answer: await respond(opened, question) };
  } catch (error) {
    const fault = error instanceof DeviceError ? error.fault : "device";
    return { failure: (error as Error).message, fault };
  }
}

process.on("message", (message: DeviceStart | AskedQuestion) => void answer(message));
process.on("disconnect", () => process.exit());
// Whoever started it ends it: an interrupt from the terminal reaches both, and signatures are still wanted then.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
