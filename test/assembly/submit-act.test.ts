import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import t from "tap";
import { submitAct } from "../../src/assembly/submit-act.ts";
import { signAct } from "../../src/message/service-act-record.ts";
import { SampleCountry } from "../authority/sample-registry.ts";
import { signerOf } from "../authority/services/publishing-scene.ts";
import { until } from "../until.ts";

const country = new SampleCountry();
const signed = await signAct(signerOf(country.populationSeal), "suspend", { instance: "DEV", time: 1 });

/** A mirror that answers an act so. */
async function mirror(status: number, body: string): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status).end(body)).listen(0, "127.0.0.1");
  await until(() => server.listening);
  t.teardown(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const refusal = { code: "act_refused", detail: "x", remedy: "x", findings: [] };
const finding = { code: "a", severity: "refused", place: "", title: "x", detail: "x", remedy: "x" };

// biome-ignore format: a table is read by its columns
const lies: readonly (readonly [what: string, status: number, body: string])[] = [
  ["takes another act",                   201, JSON.stringify({ act: "x".repeat(43), configuration: 7, findings: [] })],
  ["takes it without a configuration",    201, JSON.stringify({ act: "x".repeat(43), findings: [] })],
  ["answers without findings",            422, JSON.stringify({ ...refusal, findings: undefined })],
  ["writes to the terminal",              422, JSON.stringify({ ...refusal, detail: "\u001b[2Jpublished" })],
  ["writes to the terminal in a finding", 422, JSON.stringify({ ...refusal, findings: [{ ...finding, title: "\u202egnp" }] })],
  ["has findings that are none",          422, JSON.stringify({ ...refusal, findings: [null] })],
  ["redirects",                           307, ""],
  ["answers without end",                 201, "x".repeat(5 * 1024 * 1024)],
];
for (const [what, status, body] of lies) {
  t.test(`a mirror that ${what} is passed over`, async (t) => {
    const honest = await mirror(409, JSON.stringify({ ...refusal, findings: [finding] }));
    const act = { signed, description: undefined, mode: "for good" } as const;
    t.match(await submitAct([await mirror(status, body), honest], act), {
      kind: "refused",
      findings: [finding],
    });
  });
}
