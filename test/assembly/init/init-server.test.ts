import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pino } from "pino";
import t, { type Test } from "tap";
import { askQuestions } from "../../../src/assembly/init/ask-questions.ts";
import { checkInitAnswers, type InitAnswers } from "../../../src/assembly/init/init-answers.ts";
import { initQuestions } from "../../../src/assembly/init/init-questions.ts";
import { initServer, type WithServer } from "../../../src/assembly/init/init-server.ts";
import { newRegistry, registryQuestions } from "../../../src/assembly/init/registry-questions.ts";
import { enrol } from "../../../src/assembly/keys/enrol.ts";
import { keepCertificates, listKeys } from "../../../src/assembly/keys/key-folder.ts";
import { makeKey } from "../../../src/assembly/keys/make-key.ts";
import { registerHeldKey } from "../../../src/assembly/keys/register-key.ts";
import { renewables, renewCertificate } from "../../../src/assembly/keys/start-renewals.ts";
import { takeOrders } from "../../../src/assembly/order-socket.ts";
import { readTrust } from "../../../src/assembly/read-trust.ts";
import { loadServerConfiguration } from "../../../src/assembly/server-configuration.ts";
import { loadRegistry } from "../../../src/authority/registry.ts";
import { SealwayError } from "../../../src/core/errors.ts";
import { memberOf, parseMemberId, parseServerId } from "../../../src/core/ids.ts";
import { freePort } from "../../../src/dev/free-port.ts";
import { startGateway } from "../../../src/gateway.ts";
import { writeCertificatesPem } from "../../../src/pki/certificate.ts";
import { usualNameRules } from "../../../src/pki/certificate-names.ts";
import { loadKeyFile } from "../../../src/pki/key-file.ts";
import { SmallCountry } from "../../exchange/country.ts";
import { newDirectory } from "../../new-directory.ts";
import { SmallAcme } from "../../pki/acme/small-acme.ts";
import { until } from "../../until.ts";

/* A new member joins a country that runs: from an empty folder to its first exchange whose evidence verifies. */

const country = await SmallCountry.start(t, {
  registration: "taken",
  registry: (whole) => ({ ...whole, registration: { automatic: "all" } }),
});
const { ca, clock } = country;
const port = await freePort();

const answersOf = (changes: object = {}): InitAnswers => {
  const answers = {
    ...{ anchor: country.authority.anchorFile, mirrors: [country.authority.url], name: "Newcomer" },
    ...{ server: "DEV/GOV/10000009/ss1", contact: "operations@newcomer.example" },
    ...{ subsystems: [{ code: "desk", name: "Desk" }], address: { host: "127.0.0.1", port } },
    settings: {
      consumerInterface: { httpPort: 0 },
      peerInterface: { host: "127.0.0.1", port },
      healthInterface: { port: 0 },
    },
    ...changes,
  };
  return checkInitAnswers(JSON.stringify(answers), join(country.directory, "answers.json"));
};

const withServer: WithServer = async (configuration, work) => {
  const logger = pino({ level: "silent" });
  const gateway = await startGateway({ configuration, purpose: "demonstration", clock, logger });
  try {
    await work({ httpPort: gateway.ports.http, sealNow: () => gateway.sealNow() });
  } finally {
    await gateway.close();
  }
};

/** Runs the command's work; what it says is collected. */
function joinIn(directory: string, answers = answersOf()) {
  const lines: string[] = [];
  const broken = new AbortController();
  const work = {
    directory,
    answers,
    clock,
    tell: (line: string) => void lines.push(line),
    signal: broken.signal,
  };
  const done = initServer(work, withServer);
  done.catch(() => undefined);
  return { done, lines, break: () => broken.abort() };
}

/** Certifies what waits in a folder of keys, as a CA's clerk would. */
async function certify(directory: string): Promise<void> {
  const { keysDirectory } = await loadServerConfiguration(join(directory, "server.json"));
  const passphrase = readFileSync(join(directory, "passphrase"), "utf8").trim();
  for (const { use, of, files } of await listKeys(keysDirectory)) {
    const privateKey = await loadKeyFile(files.key, passphrase);
    const { certificate } =
      use === "seal"
        ? ca.issueSeal(parseMemberId(of), "Newcomer", { privateKey })
        : ca.issueTls(parseServerId(of), "Newcomer", { privateKey });
    writeFileSync(join(dirname(files.request), "issued.pem"), writeCertificatesPem([certificate]));
  }
}

t.test("a new member joins, broken off and run again, and its first exchange verifies", async (t) => {
  const directory = newDirectory();
  const first = joinIn(directory);
  await until(() => first.lines.some((line) => line.includes("issued.pem")));
  first.break();
  await t.rejects(first.done, { name: "AbortError" });
  t.ok(existsSync(join(directory, "server.json")));
  const keys = first.lines.filter((line) => line.includes("made:"));
  t.equal(keys.length, 2);

  const second = joinIn(directory);
  await certify(directory);
  await second.done.catch((error) => t.fail(`${error}\n${second.lines.join("\n")}`));
  const text = second.lines.join("\n");
  t.notMatch(text, "made:", "keys are made once");
  t.match(text, "there already");
  t.match(text, /asked for: member-add, seal-add, subsystem-add, server-add, client-add, client-add/);
  t.match(text, /approved by rule/);
  t.match(text, /its evidence verifies/);

  const third = joinIn(directory);
  await third.done;
  t.match(
    third.lines.join("\n"),
    /both keys have certificates already[\s\S]*everything is registered[\s\S]*verifies/,
  );
});

t.test("a server that runs has its next keys registered by a request of its own", async (t) => {
  const configuration = await loadServerConfiguration(country.asking.configurationFile);
  const { keysDirectory, server } = configuration;
  const passphrase = readFileSync(configuration.passphraseFile, "utf8").trim();
  const bench = { keysDirectory, passphrase, rules: usualNameRules, clock };
  const facts = { organization: "Owner", server, algorithm: "ES256", dnsNames: [], ipAddresses: [] } as const;
  for (const [use, of] of [
    ["seal", memberOf(server)],
    ["tls", server],
  ] as const) {
    const key = await makeKey(bench, { use, of, ...facts });
    await t.rejects(registerHeldKey(configuration, key.name, clock), { message: /has no certificate/ });
    const privateKey = await loadKeyFile(key.files.key, passphrase);
    const { certificate } =
      use === "seal" ? ca.issueSeal(of, "Owner", { privateKey }) : ca.issueTls(of, "Owner", { privateKey });
    await keepCertificates(key, [certificate]);
    t.match(await registerHeldKey(configuration, key.name, clock), { state: "approved" });
    const index = await readTrust(configuration, clock);
    const { fingerprint } = certificate;
    t.ok(use === "seal" ? index.seal(fingerprint, clock.now()) : index.serverByTlsCertificate(fingerprint));
    t.equal(
      (await renewables({ ...configuration, acme: { renew: [use] } as never }, index))[0]?.notAfter,
      certificate.notAfter,
    );
  }
});

t.test("a CA that speaks ACME certifies a newcomer, and later its next key, without hands", async (t) => {
  const acme = await SmallAcme.start(country.trust.ca.url);
  t.teardown(() => acme.close());
  const directory = newDirectory();
  writeFileSync(join(directory, "root.pem"), acme.root);
  const challenge = { host: "127.0.0.1", port: await freePort() };
  const settings = {
    ...answersOf().settings,
    acme: {
      ...{ directory: acme.directory, trustedCertificates: "root.pem", dnsNames: ["localhost"], challenge },
      ...{ profiles: { seal: "seal", tls: "tls" }, renew: ["seal", "tls"] },
    },
  };
  const run = joinIn(directory, answersOf({ server: "DEV/GOV/10000011/ss1", settings }));
  await run.done.catch((error) => t.fail(`${error}\n${run.lines.join("\n")}`));
  t.match(run.lines.join("\n"), /ordered from [\s\S]*its evidence verifies/);

  const configuration = await loadServerConfiguration(join(directory, "server.json"));
  const fetchIndex = () => readTrust(configuration, clock);
  const before = await renewables(configuration, await fetchIndex());
  t.strictSame(
    before.map(({ use, unlisted }) => [use, unlisted]),
    [
      ["seal", undefined],
      ["tls", undefined],
    ],
  );
  // Certificates tell whole seconds: the younger one ends later.
  country.clock.ahead += 2000;
  for (const one of before) {
    const key = await renewCertificate(configuration, one, clock);
    const waiting = await renewables(configuration, await fetchIndex());
    t.ok(
      waiting.some(({ unlisted }) => unlisted === key),
      "it waits to be registered",
    );
    rmSync(join(configuration.keysDirectory, "choice.json"), { force: true });
    const registered = await registerHeldKey(configuration, key, clock);
    t.match(registered, { state: "approved" }, "signed by the seal in use, though no choice is kept of it");
  }
  const index = await fetchIndex();
  t.equal(index.server(configuration.server)?.tlsCertificates.length, 2);
  t.equal(index.content.seals.filter(({ member }) => member === before[0]!.of).length, 2);
});

/** What the asking server has when a CA issues by this profile; with a place of its own for what it keeps. */
async function enrolling(t: Test, profile: string) {
  const acme = await SmallAcme.start(country.trust.ca.url);
  t.teardown(() => acme.close());
  const directory = newDirectory();
  const root = join(directory, "acme-root.pem");
  writeFileSync(root, acme.root);
  const configuration = await loadServerConfiguration(country.asking.configurationFile);
  const settings = {
    ...{ directory: acme.directory, trustedCertificates: root, dnsNames: ["localhost"], ipAddresses: [] },
    ...{ contact: [], termsAgreed: false, challenge: { host: "127.0.0.1", port: await freePort() } },
    ...{ profiles: { seal: profile }, renew: [], renewBeforeDays: 30 },
  };
  const own = { stateDirectory: directory, keysDirectory: join(directory, "keys") };
  const wanted = { use: "seal", of: memberOf(configuration.server) } as const;
  return { configuration, place: { ...configuration, ...own, acme: settings }, wanted };
}

t.test("a certificate that is made for something else is refused, and its key thrown away", async (t) => {
  const { configuration, place, wanted } = await enrolling(t, "tls");
  const done = await enrol(place, wanted, clock);
  t.match(done, { kind: "refused", findings: [{ code: "wrong_usage" }] });
  t.strictSame(await listKeys(place.keysDirectory), []);
  await t.rejects(enrol(configuration, wanted, clock), { message: /names no CA/ });
});

t.test("a key whose certificate is kept stays when the running server cannot look at it", async (t) => {
  const { place, wanted } = await enrolling(t, "seal");
  const orders = await takeOrders(place.stateDirectory, async () => {
    throw new SealwayError("configuration_expired", "it is too old");
  });
  t.teardown(() => orders?.close());
  await t.rejects(enrol(place, wanted, clock), { code: "configuration_expired" });
  const [kept] = await listKeys(place.keysDirectory);
  t.not(kept?.certificates[0], undefined);
});

t.test("what a CA issued and cannot be used is told, and waited for again", async (t) => {
  const directory = newDirectory();
  const run = joinIn(directory, answersOf({ server: "DEV/GOV/10000010/ss1" }));
  await until(() => run.lines.some((line) => line.includes("issued.pem")));
  const { keysDirectory } = await loadServerConfiguration(join(directory, "server.json"));
  const [key] = await listKeys(keysDirectory);
  const issued = join(dirname(key!.files.request), "issued.pem");
  writeFileSync(
    issued,
    writeCertificatesPem([ca.issueSeal(parseMemberId("DEV/GOV/10000010"), "X").certificate]),
  );
  await until(() => run.lines.some((line) => line.includes("its key is none of this server's")));
  await until(() => existsSync(`${issued}.refused`));
  run.break();
  await t.rejects(run.done, { name: "AbortError" });
});

t.test("stopped: another instance's anchor, another server's folder", async (t) => {
  const other = joinIn(newDirectory(), answersOf({ server: "OTHER/GOV/1/ss1" }));
  await t.rejects(other.done, { name: "InitStopped", message: /the anchor is of the instance DEV/ });
  const directory = newDirectory();
  writeFileSync(
    join(directory, "server.json"),
    readFileSync(country.asking.configurationFile, "utf8").replaceAll(
      "tls.",
      `${country.asking.parts.directory}/tls.`,
    ),
  );
  await t.rejects(joinIn(directory).done, { name: "InitStopped", message: /choose another folder/ });
});

t.test("questions make the same answers as a file", async (t) => {
  const said = [
    "",
    "http://a/ http://b/",
    "DEV/GOV/1/ss1",
    "",
    "Register",
    "EE",
    "me@example.org",
    "one two",
    "ss1.example",
    "",
  ];
  const asked: string[] = [];
  const answers = await askQuestions(initQuestions, async (text) => {
    asked.push(text);
    return said.shift()!;
  });
  t.match(checkInitAnswers(JSON.stringify(answers), "/srv/answers.json"), {
    anchor: "/srv/anchor.json",
    mirrors: ["http://a/", "http://b/"],
    server: "DEV/GOV/1/ss1",
    name: "Register",
    country: "EE",
    subsystems: [{ code: "one" }, { code: "two" }],
    address: { host: "ss1.example", port: 5500 },
  });
  t.equal(asked.filter((text) => text.startsWith("Name")).length, 2, "what must be answered is asked again");
});

t.test("questions make the registry of a new instance", async (t) => {
  const folder = newDirectory();
  const file = join(folder, "ca.pem");
  writeFileSync(file, writeCertificatesPem([ca.issuing.certificate]));
  const urls = ["http://127.0.0.1:9/", "http://127.0.0.1:9/tsa"];
  const said = ["NEW", "demonstration", "CA", file, urls[0], "TSA", urls[1], file, "1.2.3.4", ""];
  const answers = await askQuestions(registryQuestions, async () => said.shift()!);
  writeFileSync(join(folder, "registry.json"), JSON.stringify(newRegistry(answers, clock)));
  const { document } = await loadRegistry(join(folder, "registry.json"));
  t.match(document, { instance: "NEW", registration: { automatic: "all" }, members: { length: 0 } });
  const named = (certificateNames: object) => {
    const parameters = { ...document.parameters, certificateNames };
    writeFileSync(join(folder, "named.json"), JSON.stringify({ ...document, parameters }));
    return loadRegistry(join(folder, "named.json"));
  };
  await named(usualNameRules);
  await t.rejects(named({ ...usualNameRules, tls: { commonName: "{password}" } }), { name: "DocumentError" });
});
