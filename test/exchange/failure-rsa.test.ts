import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { memberOf } from "../../src/core/ids.ts";
import type { Identity } from "../../src/dev/ca.ts";
import { parseSignature } from "../../src/message/signature-profile.ts";
import type { LoggedMessage } from "./country/logged.ts";
import { services } from "./country/plan.ts";
import type { CountryServer } from "./country/server.ts";
import { pathOf, SmallCountry } from "./country.ts";
import { replaceSeal } from "./failure/replace-seal.ts";

/* A member whose seal has an RSA key exchanges with one that has an elliptic curve, whichever asks. */

/** The algorithm that the signed header names. */
function algorithmOf({ record }: LoggedMessage): string {
  const [protectedHeader = ""] = record.signature.split(".");
  return JSON.parse(Buffer.from(protectedHeader, "base64url").toString()).alg;
}

function rsaSeal({ ca }: SmallCountry, { parts }: CountryServer, modulusLength: number): Identity {
  const member = memberOf(parts.id);
  return ca.issueSeal(member, member, {
    privateKey: generateKeyPairSync("rsa", { modulusLength }).privateKey,
  });
}

for (const [name, algorithms] of [
  ["asking", ["RS256", "ES256"]],
  ["answering", ["ES256", "RS256"]],
] as const) {
  t.test(`RSA of 3,072 bits on the ${name} side`, async (t) => {
    const country = await SmallCountry.start(t);
    const { asking, answering, register } = country;
    const seal = rsaSeal(country, country[name], 3072);
    await replaceSeal(country, country[name], seal);
    const body = Buffer.alloc(100_000, "a large body");
    register.answer({ body });
    const seen = await country.watch(() =>
      country.ask({ method: "POST", path: pathOf(services.open), body }),
    );
    t.equal(seen.result.status, 200);
    t.ok(seen.result.body.equals(body));
    t.same(seen.asking.map(algorithmOf), algorithms);
    t.same(seen.answering.map(algorithmOf), algorithms);
    const both = [...seen.asking, ...seen.answering];
    t.same(
      both.map(({ what }) => what),
      ["sent request", "received response", "received request", "sent response"],
    );
    t.same([await asking.gateway.sealNow(), await answering.gateway.sealNow()], [true, true]);
    t.ok(opensslTakes(country.directory, both.find((one) => algorithmOf(one) === "RS256")!, seal));
  });
}

/** Whether openssl, which shares no code with us, takes a signature. */
function opensslTakes(directory: string, { record }: LoggedMessage, { certificate }: Identity): boolean {
  const { value } = parseSignature(record.signature);
  const files = {
    key: join(directory, "key.pem"),
    value: join(directory, "value"),
    input: join(directory, "input"),
  };
  writeFileSync(files.key, certificate.publicKey.export({ type: "spki", format: "pem" }));
  writeFileSync(files.value, value);
  writeFileSync(files.input, record.signature.slice(0, record.signature.indexOf("..") + 1));
  const out = execFileSync("openssl", [
    "dgst",
    "-sha256",
    "-verify",
    files.key,
    "-signature",
    files.value,
    files.input,
  ]);
  return out.toString().trim() === "Verified OK";
}

t.test("RSA of 2,048 bits is refused before anything is signed with it", async (t) => {
  const country = await SmallCountry.start(t);
  const seal = rsaSeal(country, country.asking, 2048);
  await t.rejects(replaceSeal(country, country.asking, seal), {
    code: "certificate_unfit",
    detail: /rsa 2048/,
  });
});
