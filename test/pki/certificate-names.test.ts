import t from "tap";
import { systemClock } from "../../src/core/clock.ts";
import { parseMemberId, parseServerId } from "../../src/core/ids.ts";
import { DevelopmentCa } from "../../src/dev/ca.ts";
import { issueCertificate } from "../../src/dev/certificate-issue.ts";
import {
  foreignNames,
  type NameRules,
  namesHolder,
  requestedNames,
  usualNameRules,
} from "../../src/pki/certificate-names.ts";

const member = parseMemberId("DEV/GOV/1%2F2");
const server = parseServerId("DEV/GOV/1%2F2/ss1");
const holder = { member, server, name: "Register", country: "EE" };
const ca = new DevelopmentCa({ instance: "DEV", clock: systemClock, ocspUrl: "http://127.0.0.1:9/" });

/** As instances that came from X-Road have them. */
const otherRules: NameRules = {
  seal: {
    countryName: "{country}",
    organizationName: "{name}",
    commonName: "{code}",
    serialNumber: "{instance}/{serverCode}/{class}",
  },
  tls: { commonName: "{serverCode}", serialNumber: "{instance}/{class}" },
};

t.test("a request names what the instance's rules ask for", async (t) => {
  t.strictSame(requestedNames("seal", otherRules, holder), {
    subject: {
      countryName: "EE",
      organizationName: "Register",
      commonName: "1/2",
      serialNumber: "DEV/ss1/GOV",
    },
    alternativeNames: { uris: [], dnsNames: [], ipAddresses: [] },
  });
  const usual = requestedNames("tls", usualNameRules, { member, server });
  t.strictSame(
    usual.subject,
    { organizationIdentifier: member, commonName: server },
    "what is not known is left out",
  );
  t.strictSame(usual.alternativeNames.uris, [`sealway://${server}`]);
});

function issued(rules: NameRules, to: typeof holder) {
  const { subject } = requestedNames("seal", rules, to);
  const now = systemClock.now();
  const { publicKey } = ca.root.certificate;
  return issueCertificate(
    { subject, publicKey, notBefore: now, notAfter: now + 1000, keyUsage: ["nonRepudiation"] },
    ca.issuing,
  );
}

t.test("names of somebody else are found, whatever the rules call them", async (t) => {
  for (const rules of [usualNameRules, otherRules]) {
    t.strictSame(foreignNames(issued(rules, holder), "seal", rules, holder), []);
    const renamed = issued(rules, { ...holder, name: "REGISTER LTD" });
    t.strictSame(
      foreignNames(renamed, "seal", rules, holder),
      [],
      "how the CA spells the name is its matter",
    );
    const other = issued(rules, { ...holder, member: parseMemberId("DEV/GOV/3") });
    t.match(foreignNames(other, "seal", rules, holder), [/is "(?:DEV\/GOV\/)?3", not /]);
  }
  const bare = issued({ seal: { organizationName: "{name}" }, tls: {} }, holder);
  t.match(foreignNames(bare, "seal", usualNameRules, holder), ["organizationIdentifier is missing, not"]);
  const tls = ca.issueTls(parseServerId("DEV/GOV/3/ss1"), "Other").certificate;
  t.match(foreignNames(tls, "tls", { seal: {}, tls: {} }, holder), [
    "it names the server sealway://DEV/GOV/3/ss1",
  ]);
});

t.test("a certificate names its holder by what is compared alone", async (t) => {
  const certificate = issued(usualNameRules, holder);
  const seal = (rule: NameRules["seal"]) => ({ ...usualNameRules, seal: rule });
  const names = (rules: NameRules, of: Parameters<typeof namesHolder>[3]) =>
    namesHolder(certificate, "seal", rules, of);
  t.ok(names(usualNameRules, { member }));
  t.notOk(names(usualNameRules, { member: parseMemberId("DEV/GOV/3") }));
  const spelled = seal({ commonName: "{name} {member}" });
  t.notOk(names(spelled, { member }), "a rule with the organisation's name is not compared");
  t.notOk(names(seal({ commonName: "{server}" }), { member }), "one that cannot be filled is left out");
});
