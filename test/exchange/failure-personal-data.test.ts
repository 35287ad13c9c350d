import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { badge, clients, services } from "./country/plan.ts";
import type { CountryServer } from "./country/server.ts";
import { pathOf, SmallCountry } from "./country.ts";

/* After traffic of every kind, no file of a gateway and no line of its log names a person or holds a credential. */

/** Whom and what the traffic is about; long and odd enough not to stand anywhere by chance. */
const persons = {
  code: "46808039945",
  otherCode: "38001085718",
  name: "Marika Õunapuu-Tšistjakova",
  street: "Kreutzwaldi tee 47-12",
  official: "EE37912124208",
  caseReference: "toimik-2026-118837",
  bearer: "eyJhbGciOiJub25lIn0.dG9rZW4tb2YtdGhlLXJlZ2lzdGVy",
  badge,
  cookie: "session=9f8e7d6c5b4a39281706",
} as const;

/** The forms in which a text may stand in a file. */
function formsOf(text: string): Buffer[] {
  const bytes = Buffer.from(text, "utf8");
  // Base64 of the middle of a text is the same wherever it begins, for each of three offsets.
  const inBase64 = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    return encoded.slice(offset === 0 ? 0 : 4, -2);
  });
  const texts = [bytes.toString("hex"), encodeURIComponent(text), ...inBase64];
  const urlSafe = inBase64.map((encoded) => encoded.replaceAll("+", "-").replaceAll("/", "_"));
  return [
    bytes,
    Buffer.from(text, "utf16le"),
    ...[...texts, ...urlSafe].map((form) => Buffer.from(form, "latin1")),
  ];
}

function filesOf(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** What of it stands where. */
function found(place: string, bytes: Buffer): string[] {
  return Object.entries(persons).flatMap(([what, text]) =>
    formsOf(text).some((form) => bytes.includes(form)) ? [`${what} in ${place}`] : [],
  );
}

function foundIn({ stateDirectory, logLines }: CountryServer): string[] {
  return [
    ...filesOf(stateDirectory).flatMap((file) => found(file, readFileSync(file))),
    ...logLines.flatMap((line) => found(`the process log: ${line}`, Buffer.from(line))),
  ];
}

t.test("the search finds what it looks for, in every form", async (t) => {
  for (const text of Object.values(persons)) {
    const forms = [
      Buffer.from(`xy${text}z`),
      Buffer.from(Buffer.from(`{"a":"${text}"}`).toString("base64")),
      Buffer.from(Buffer.from(`{"ab":"${text}"}`).toString("base64url")),
      Buffer.from(Buffer.from(`{"abc":"${text}"}`).toString("base64url")),
      Buffer.from(Buffer.from(text).toString("hex")),
    ];
    for (const form of forms) t.not(found("here", form).length, 0);
  }
});

t.test("traffic of every kind, and its failures", async (t) => {
  const country = await SmallCountry.start(t, {
    answering: { logLevel: "debug" },
    asking: { logLevel: "debug" },
  });
  const { asking, answering, register } = country;
  const { code, otherCode, name, street, official, caseReference, bearer, cookie } = persons;
  const headers = [
    ...["X-Road-UserId", official, "X-Road-Issue", caseReference],
    ...["Authorization", `Bearer ${bearer}`, "Cookie", cookie],
  ];
  const person = JSON.stringify({ code, name, street, child: otherCode });
  const jsonHeaders = [...headers, "Content-Type", "application/json"];
  register.answer({ headers: ["Content-Type", "application/json", "Set-Cookie", cookie], body: person });
  const path = (rest: string) => pathOf(services.persons, rest);
  const search = { method: "POST", path: path("/search"), headers: jsonHeaders };
  const large = JSON.stringify({ code, padding: person.repeat(2000) });
  const calls = [
    { path: path(`/persons/${code}`), headers },
    { path: path(`/by-query?code=${code}`), headers },
    { ...search, body: JSON.stringify({ code }) },
    { ...search, body: large },
    { path: pathOf(services.open, `/of/${code}?name=${encodeURIComponent(name)}`), headers },
    {
      path: pathOf(services.open),
      client: clients.badged,
      headers: ["Proxy-Authorization", `Bearer ${badge}`, ...headers],
    },
    // What is refused or fails says no more.
    {
      path: pathOf(services.open),
      client: clients.badged,
      headers: ["Proxy-Authorization", `Bearer ${bearer}`],
    },
    { path: path(`/persons/${code}/${otherCode}`), headers },
    { path: path(`/persons/${code}/../${otherCode}`), headers },
    { path: path(`/persons/${code}%2F${otherCode}`), headers },
    { path: path("/by-query"), headers },
    { path: path(`/by-query?code=${code}&code=${otherCode}`), headers },
    { path: path(`/persons/${code}`), headers: [...headers, "X-Road-Id", `for-${code}`] },
    { ...search, body: `{"code":"${code}","code":"${otherCode}"}` },
    { ...search, body: `{"code":"${code}", ${name}` },
    { ...search, headers: [...headers, "Content-Type", `text/${otherCode}`], body: person },
    { path: `/r1/DEV/GOV/10000001/population/${code}`, headers },
    { path: `/r1/DEV/GOV/${code}/population/persons`, headers },
    { path: `/r1/DEV/GOV/10000001/population/persons/${name}`, headers },
    { path: path(`/persons/${code}`), client: `DEV/GOV/${code}/x`, headers },
    { path: path(`/persons/${code}`), headers: [...headers, "X-Road-Represented-Party", `a/b/${code}`] },
    {
      path: path(`/persons/${code}`),
      headers: [...headers, "X-Road-Security-Server", `DEV/GOV/${code}/ss1`],
    },
    { path: path(`/persons/${code}`), headers: [...headers, "Sealway-Subject", code] },
    { path: path(`/persons/${code}`), headers: [...headers, "Sealway-Decision-Use", name] },
    { path: path(`/persons/${code}`), headers: [...headers, "X-Road-UserId", otherCode] },
    { path: path(`/persons/${code}`), headers: [...headers, "X-Note", `${code} `.repeat(4000)] },
    { path: pathOf(services.expired, `/${code}`), headers },
    { path: pathOf(services.down, `/${code}`), headers },
    { path: pathOf(services.forbidden, `/${code}`), headers },
    { path: pathOf(services.unset, `/${code}`), headers },
    { path: pathOf(services.rogue, `/${code}`), headers },
    { method: code, path: path(`/persons/${code}`), headers },
  ];
  const statuses = new Set<number>();
  for (const one of calls) statuses.add((await country.ask(one).catch(() => ({ status: 0 }))).status);
  for (const body of [`{"name":"${name}",`, `{"code":"${code}","code":"${otherCode}"}`]) {
    register.answer({ headers: ["Content-Type", "application/json"], body });
    await country.ask({ path: path(`/persons/${code}`), headers });
  }
  register.answer((_, response) => void response.socket?.end(`220 ${name} ${code}\r\n`));
  await country.ask({ path: path(`/persons/${code}`), headers });
  t.ok(statuses.has(200) && statuses.has(500));
  t.ok(
    register.calls.some(({ body }) => body.length > 65_536),
    "a large body went through the spool",
  );
  await Promise.all([asking.gateway.sealNow(), answering.gateway.sealNow()]);

  t.same([asking, answering].flatMap(foundIn), [], "while they run");
  t.ok(asking.logLines.length > 20 && answering.logLines.length > 5, "the process logs say something");
  await Promise.all([asking.stop(), answering.stop()]);
  t.same([asking, answering].flatMap(foundIn), [], "after they stopped");
});
