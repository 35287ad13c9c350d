import { readFileSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { Writable } from "node:stream";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { pino } from "pino";
import { routes } from "../../src/admin/api/route-table.ts";
import { formats } from "../../src/admin/api/shapes.ts";
import { openRoutes } from "../../src/admin/use-cases/sign-in.ts";
import { openConsole, type RunningConsole } from "../../src/assembly/open-console.ts";
import { loadServerConfiguration } from "../../src/assembly/server-configuration.ts";
import type { Identity } from "../../src/dev/ca.ts";
import { freePort } from "../../src/dev/free-port.ts";
import { writeIdentity } from "../../src/dev/identity-files.ts";
import { writeCertificatesPem } from "../../src/pki/certificate.ts";
import { askingServer } from "../exchange/country/plan.ts";
import { type CountryOptions, SmallCountry } from "../exchange/country.ts";
import { newDirectory } from "../new-directory.ts";

/** What a test sends to the management server. */
export interface AdminCall {
  readonly method?: string;
  /** An API key. */
  readonly key?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface AdminAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly bytes: Buffer;
  /** Of JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  readonly body: any;
}

const everyRoute = [...routes, ...openRoutes];
const validators = new Map<object, ValidateFunction>();

function checkAnswer(method: string, path: string, { body, headers, status }: AdminAnswer): void {
  const [plain] = path.split("?");
  const isThis = (route: (typeof everyRoute)[number]) =>
    route.method === method && new RegExp(`^${route.path.replace(/:[a-z]+/g, "[^/]+")}$`).test(plain!);
  const { answer, status: usual = 200 } = everyRoute.find(isThis)!;
  if (status !== usual) throw new Error(`${method} ${path}: ${status} instead of ${usual}`);
  if (answer === null || typeof answer === "string") {
    if (answer !== (headers["content-type"] ?? null))
      throw new Error(`${method} ${path}: another media type`);
    return;
  }
  const validate = validators.get(answer) ?? new Ajv2020({ formats }).compile(answer);
  validators.set(answer, validate);
  if (!validate(body)) throw new Error(`${method} ${path}: ${JSON.stringify(validate.errors)}`);
}

/** Somebody who was made for a test. */
export interface TestUser {
  readonly id: string;
  readonly key: string;
}

/** A country, and the management server of its asking gateway, over HTTPS. */
export class AdminScene {
  readonly country: SmallCountry;
  readonly url: string;
  readonly #port: number;
  /** A handshake for each request would cost more than all else. */
  #agent = new Agent({ keepAlive: true });
  console!: RunningConsole;
  /** What the management server logged. */
  readonly logged: string[] = [];
  first!: TestUser;

  private constructor(country: SmallCountry, port: number) {
    this.country = country;
    this.#port = port;
    this.url = `https://127.0.0.1:${port}`;
  }

  static async start(
    t: { teardown(close: () => unknown): void },
    options: CountryOptions = {},
    more: (publicUrl: string) => Promise<object> = async () => ({}),
  ): Promise<AdminScene> {
    const port = await freePort();
    const management = {
      ...(await more(`https://127.0.0.1:${port}`)),
      ...{ publicUrl: `https://127.0.0.1:${port}`, port },
      ...{ certificate: "management.cert.pem", key: "management.key.pem" },
    };
    const country = await SmallCountry.start(t, {
      ...options,
      asking: { ...options.asking, management },
    });
    const scene = new AdminScene(country, port);
    const { certificate, chain, privateKey } = country.ca.issueTls(askingServer, "Management");
    const directory = country.asking.parts.directory;
    writeFileSync(join(directory, management.certificate), writeCertificatesPem([certificate, ...chain]));
    const pem = privateKey.export({ type: "pkcs8", format: "pem" });
    writeFileSync(join(directory, management.key), pem, { mode: 0o600 });
    await scene.open();
    t.teardown(() => scene.console.close());
    const { body } = await scene.call("/first-administrator", {
      method: "POST",
      body: { code: scene.console.firstCode, name: "First" },
    });
    scene.first = { id: body.user, key: body.secret };
    return scene;
  }

  /** Starts the management server, or starts it anew. */
  async open(): Promise<void> {
    this.#agent.destroy();
    this.#agent = new Agent({ keepAlive: true });
    await this.console?.close();
    const { asking, clock } = this.country;
    const configuration = await loadServerConfiguration(asking.configurationFile);
    const { health } = asking.gateway.ports;
    const healthInterface = { ...configuration.healthInterface, port: health };
    const sink = new Writable({ write: (chunk, _, done) => done(void this.logged.push(String(chunk))) });
    const logger = pino({ level: "debug" }, sink);
    this.console = await openConsole({ configuration: { ...configuration, healthInterface }, clock, logger });
  }

  /** @param path below `/api/v1` @throws Error when what is done is not answered as the table of routes says */
  async call(path: string, call: AdminCall = {}): Promise<AdminAnswer> {
    const answer = await this.ask(`/api/v1${path}`, call);
    if (answer.status < 300) checkAnswer(call.method ?? "GET", path, answer);
    return answer;
  }

  ask(path: string, { method = "GET", key, body, headers = {} }: AdminCall = {}): Promise<AdminAnswer> {
    const isForm = body instanceof URLSearchParams;
    const text = isForm ? body.toString() : JSON.stringify(body);
    const bytes = body === undefined ? undefined : Buffer.isBuffer(body) ? body : Buffer.from(text);
    const type = isForm ? "application/x-www-form-urlencoded" : "application/json";
    const all = {
      ...(bytes && { "content-type": type, "content-length": String(bytes.length) }),
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...headers,
    };
    return new Promise((resolve, reject) => {
      const asked = request(`${this.url}${path}`, {
        ...{ method, headers: all, port: this.#port, agent: this.#agent },
        // The certificate names the server's id, as that of the gateway does.
        rejectUnauthorized: false,
      });
      asked.on("error", reject);
      asked.on("response", (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.on("error", reject);
        answer.on("end", () => {
          const whole = Buffer.concat(parts);
          const isJson = /json/.test(String(answer.headers["content-type"]));
          const parsed = isJson ? JSON.parse(whole.toString()) : undefined;
          resolve({ status: answer.statusCode!, headers: answer.headers, bytes: whole, body: parsed });
        });
      });
      asked.end(bytes);
    });
  }

  /** Gives users the keys of officers of the authority, which `words 0`, `words 1` … open, and starts the server anew. */
  async seat(users: readonly { readonly id: string }[], officers: readonly Identity[]): Promise<void> {
    const file = this.country.asking.configurationFile;
    const configuration = JSON.parse(readFileSync(file, "utf8"));
    const folder = newDirectory();
    for (const [i, officer] of officers.entries()) await writeIdentity(folder, `${i}`, officer, `words ${i}`);
    configuration.management.officers = users.map(({ id: user }, i) => ({
      ...{ user, certificate: join(folder, `${i}.cert.pem`), key: join(folder, `${i}.key.pem`) },
    }));
    writeFileSync(file, JSON.stringify(configuration));
    await this.open();
  }

  /** Makes a user with a role, and an API key. @param place `*` unless told */
  async user(role: string | null, place = "*", by: TestUser = this.first): Promise<TestUser> {
    const made = await this.call("/users", {
      method: "POST",
      key: by.key,
      body: { name: `${role} of ${place}`.slice(0, 100), place },
    });
    if (made.status !== 201) throw new Error(`no user: ${made.status} ${made.bytes}`);
    const { id } = made.body;
    if (role !== null) {
      const given = await this.call(`/users/${id}/roles`, {
        ...{ method: "POST", key: by.key, headers: { "if-match": '"1"' } },
        body: { role, place, reason: "Test" },
      });
      if (given.status !== 200) throw new Error(`no role: ${given.status} ${given.bytes}`);
    }
    const key = await this.call(`/users/${id}/keys`, {
      ...{ method: "POST", key: by.key },
      body: { name: "test", days: 1 },
    });
    if (key.status !== 201) throw new Error(`no key: ${key.status} ${key.bytes}`);
    return { id, key: key.body.secret };
  }
}
