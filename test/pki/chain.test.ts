import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import type { Identity } from "../../src/dev/ca.ts";
import { issueCertificate } from "../../src/dev/certificate-issue.ts";
import { type Certificate, parseCertificate, parseCertificatesPem } from "../../src/pki/certificate.ts";
import type { KeyUsage } from "../../src/pki/certificate-extensions.ts";
import { isIssuedBy, verifyChain } from "../../src/pki/chain.ts";
import { DerError } from "../../src/pki/der.ts";
import { oids } from "../../src/pki/oids.ts";
import { newDirectory } from "../new-directory.ts";
import { member, newCa, now, openssl, server } from "./fixtures.ts";

const ca = newCa();
const seal = ca.issueSeal(member, "Population Register");
const anchors = [ca.root.certificate];
const intermediates = [ca.issuing.certificate];
const rules = { anchors, intermediates, at: now };
const fingerprints = (path: readonly Certificate[]) => path.map(({ fingerprint }) => fingerprint);

/** A certificate of one's own making, with a new key. */
function made(
  issuer: Identity | "self",
  name: string,
  profile: { ca?: { pathLength?: number }; keyUsage: KeyUsage[]; extended?: string[]; notAfter?: number },
): Identity {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const certificate = issueCertificate(
    {
      subject: { commonName: name },
      publicKey: createPublicKey(privateKey),
      notBefore: now - 1000,
      notAfter: profile.notAfter ?? now + 1000,
      keyUsage: profile.keyUsage,
      ...(profile.ca && { ca: profile.ca }),
      ...(profile.extended && { extendedKeyUsage: { critical: "optional", oids: profile.extended } }),
    },
    issuer === "self" ? { certificate: "self", privateKey } : issuer,
  );
  return { certificate, privateKey, chain: issuer === "self" ? [] : [issuer.certificate, ...issuer.chain] };
}

const caProfile = { keyUsage: ["keyCertSign"] as KeyUsage[], ca: {} };
const leafProfile = { keyUsage: ["nonRepudiation"] as KeyUsage[] };

/** Judges a leaf by its own chain, its last certificate as the anchor. */
function judge(leaf: Identity, at = now) {
  return verifyChain(leaf.certificate, {
    at,
    anchors: leaf.chain.slice(-1),
    intermediates: leaf.chain.slice(0, -1),
  });
}

t.test("finds the path over an intermediate to the root", async (t) => {
  const path = verifyChain(seal.certificate, { ...rules, purpose: "seal" });
  t.same(fingerprints(path), fingerprints([seal.certificate, ...seal.chain]));
});

t.test("an issuing CA may be the anchor, and so may the leaf", async (t) => {
  const { certificate } = seal;
  t.equal(verifyChain(certificate, { at: now, anchors: intermediates, intermediates: [] }).length, 2);
  t.equal(verifyChain(certificate, { at: now, anchors: [certificate], intermediates: [] }).length, 1);
});

t.test("judges at the time asked for, both ends included", async (t) => {
  const { notBefore, notAfter } = seal.certificate;
  for (const at of [notBefore, notAfter]) t.equal(verifyChain(seal.certificate, { ...rules, at }).length, 3);
  for (const at of [notBefore - 1, notAfter + 1]) {
    t.throws(() => verifyChain(seal.certificate, { ...rules, at }), { code: "certificate_expired" });
  }
});

t.test("an expired CA is a refusal", async (t) => {
  const old = made(ca.root, "old", { ...caProfile, notAfter: now - 1000 });
  t.throws(() => judge(made(old, "leaf", leafProfile)), {
    name: "SealwayError",
    code: "certificate_expired",
  });
});

t.test("an unknown issuer", async (t) => {
  const stranger = newCa().issueSeal(member, "Population Register");
  t.throws(() => verifyChain(stranger.certificate, rules), { code: "certificate_chain" });
  t.throws(() => verifyChain(seal.certificate, { ...rules, intermediates: [] }), {
    code: "certificate_chain",
    detail: /not known here/,
  });
});

t.test("the right name with another key", async (t) => {
  const real = made("self", "CA", caProfile);
  const impostor = made("self", "CA", caProfile);
  const leaf = made(impostor, "leaf", leafProfile).certificate;
  t.throws(() => verifyChain(leaf, { at: now, anchors: [real.certificate], intermediates: [] }), {
    code: "certificate_chain",
  });
  t.notOk(isIssuedBy(leaf, real.certificate));
  t.ok(isIssuedBy(leaf, impostor.certificate));
});

t.test("a changed certificate", async (t) => {
  const changed = Buffer.from(seal.certificate.der);
  changed[changed.indexOf("Population")] = 0x71;
  t.throws(() => verifyChain(parseCertificate(changed), rules), {
    code: "certificate_chain",
    detail: /did not sign/,
  });
});

t.test("an issuer without the CA flag", async (t) => {
  const leaf = made(made(ca.issuing, "not a CA", { keyUsage: ["keyCertSign"] }), "leaf", leafProfile);
  t.throws(() => judge(leaf), { code: "certificate_chain", detail: /not a CA/ });
});

t.test("an issuer that may not sign certificates", async (t) => {
  const leaf = made(made("self", "CA", { ca: {}, keyUsage: ["cRLSign"] }), "leaf", leafProfile);
  t.throws(() => judge(leaf), { code: "certificate_chain", detail: /may not sign/ });
});

t.test("more CAs than the path length allows", async (t) => {
  const below = ca.issueCa(ca.issuing, "below", {});
  t.throws(() => judge(made(below, "leaf", leafProfile)), {
    code: "certificate_chain",
    detail: /more CAs below/,
  });
});

t.test("more certificates than a path may have", async (t) => {
  let issuer = made("self", "0", caProfile);
  for (let depth = 1; depth <= 3; depth++) issuer = made(issuer, String(depth), caProfile);
  t.equal(judge(made(issuer, "leaf", leafProfile)).length, 5);
  const deeper = made(issuer, "4", caProfile);
  t.throws(() => judge(made(deeper, "leaf", leafProfile)), {
    code: "certificate_chain",
    detail: /more than 5/,
  });
});

t.test("many candidates of one name are not all tried", async (t) => {
  // Without key identifiers each would cost a signature check.
  const impostors = Array.from({ length: 20 }, () => ({
    ...made("self", "CA", caProfile).certificate,
    subjectKeyId: undefined,
  }));
  const real = made("self", "CA", caProfile);
  const leaf = made(real, "leaf", leafProfile).certificate;
  const all = [...impostors, real.certificate];
  t.throws(() => verifyChain(leaf, { at: now, anchors: all, intermediates: [] }), {
    code: "certificate_chain",
  });
  t.equal(verifyChain(leaf, { at: now, anchors: all.slice(10), intermediates: [] }).length, 2);
});

t.test("a candidate with an unreadable key does not hide the right one", async (t) => {
  const real = made("self", "CA", caProfile);
  const leaf = made(real, "leaf", leafProfile).certificate;
  const impostor = Object.defineProperty({ ...real.certificate, fingerprint: "another" }, "publicKey", {
    get: () => {
      throw new DerError("Certificate.tbsCertificate.subjectPublicKeyInfo", "unreadable key");
    },
  });
  const rules = { at: now, anchors: [real.certificate], intermediates: [] };
  t.equal(verifyChain(leaf, { ...rules, anchors: [impostor, real.certificate] }).length, 2);
  t.throws(() => verifyChain(leaf, { ...rules, anchors: [impostor] }), {
    code: "certificate_chain",
    detail: /cannot be read/,
  });
});

t.test("certificates that issue each other end in a refusal", async (t) => {
  const a = made("self", "A", caProfile);
  const b = made({ ...a }, "A", caProfile);
  const leaf = made(b, "leaf", leafProfile).certificate;
  const loop = { at: now, anchors: [], intermediates: [a.certificate, b.certificate] };
  t.throws(() => verifyChain(leaf, loop), { code: "certificate_chain" });
});

t.test("each purpose takes its own profile and no other", async (t) => {
  const leaves = {
    seal,
    tls: ca.issueTls(server, "Population Register"),
    ocsp: ca.issueOcspSigner(),
    timestamp: ca.issueTimestamping(),
  };
  const purposes = Object.keys(leaves) as (keyof typeof leaves)[];
  for (const is of purposes) {
    for (const purpose of purposes) {
      const verify = () => verifyChain(leaves[is].certificate, { ...rules, purpose });
      if (is === purpose) t.equal(verify().length, 3, `${is} as ${purpose}`);
      else t.throws(verify, { code: "certificate_unfit" }, `${is} as ${purpose}`);
    }
  }
  t.throws(() => verifyChain(ca.issuing.certificate, { ...rules, purpose: "seal" }), {
    code: "certificate_unfit",
  });
  const sealingCa = made(ca.root, "sealing CA", { ca: {}, keyUsage: ["keyCertSign", "nonRepudiation"] });
  t.throws(() => verifyChain(sealingCa.certificate, { ...rules, purpose: "seal" }), {
    code: "certificate_unfit",
  });
  const both = made(ca.issuing, "both", {
    keyUsage: ["digitalSignature"],
    extended: [oids.timeStamping, oids.ocspSigning],
  });
  t.throws(() => verifyChain(both.certificate, { ...rules, purpose: "timestamp" }), {
    code: "certificate_unfit",
  });
});

t.test("a CA that is limited to other purposes", async (t) => {
  const limited = made(ca.root, "limited", { ...caProfile, extended: [oids.timeStamping] });
  const leaf = made(limited, "leaf", leafProfile).certificate;
  const limits = { at: now, anchors, intermediates: [limited.certificate] };
  t.equal(verifyChain(leaf, limits).length, 3);
  t.throws(() => verifyChain(leaf, { ...limits, purpose: "seal" }), { code: "certificate_unfit" });
});

t.test("chains that openssl made, with larger curves and RSA; a weak CA is refused", async (t) => {
  const directory = newDirectory();
  writeFileSync(join(directory, "leaf.cnf"), "keyUsage=critical,nonRepudiation\n");
  const chain = (...rootKey: string[]) => {
    const root = ["-keyout", "root.key", "-out", "root.pem", "-subj", "/CN=Root", "-days", "30"];
    openssl(
      directory,
      "req",
      "-x509",
      "-nodes",
      ...root,
      ...rootKey,
      "-addext",
      "keyUsage=critical,keyCertSign",
    );
    const leafKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-keyout", "leaf.key"];
    openssl(directory, "req", "-nodes", ...leafKey, "-subj", "/CN=Leaf", "-out", "leaf.csr");
    const sign = [
      "-CA",
      "root.pem",
      "-CAkey",
      "root.key",
      "-CAcreateserial",
      "-sha384",
      "-extfile",
      "leaf.cnf",
    ];
    openssl(directory, "x509", "-req", "-in", "leaf.csr", "-out", "leaf.pem", ...sign, "-days", "20");
    const [rootPem, leaf] = ["root.pem", "leaf.pem"].map(
      (file) => parseCertificatesPem(readFileSync(join(directory, file), "utf8"))[0]!,
    );
    return verifyChain(leaf!, {
      at: leaf!.notBefore,
      anchors: [rootPem!],
      intermediates: [],
      purpose: "seal",
    });
  };
  t.equal(chain("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384").length, 2);
  t.equal(chain("-newkey", "rsa:3072").length, 2);
  t.throws(() => chain("-newkey", "rsa:2048"), { code: "certificate_unfit", detail: /rsa 2048/ });
});
