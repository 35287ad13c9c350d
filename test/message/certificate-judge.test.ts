import t from "tap";
import { CachedCertificateJudge } from "../../src/message/certificate-judge.ts";
import { consumerSeal, hour, issuer, now, providerSeal, stapleOf } from "./scene.ts";

const { certificate } = consumerSeal.identity;

t.test("a response is verified once, and no longer used when it has ended", async (t) => {
  const judge = new CachedCertificateJudge(() => 8 * hour);
  const { der } = consumerSeal.staple;
  const first = judge.checkOcsp(der, certificate, issuer, now);
  t.equal(judge.checkOcsp(der, certificate, issuer, now + 1), first, "the same verdict");
  t.throws(() => judge.checkOcsp(der, certificate, issuer, now + hour + 1), { code: "ocsp_stale" });
  t.throws(() => judge.checkOcsp(der, providerSeal.identity.certificate, issuer, now), {
    code: "ocsp_invalid",
  });
});

t.test("a lower limit counts at once", async (t) => {
  let limit = 8 * hour;
  const judge = new CachedCertificateJudge(() => limit);
  const { der } = stapleOf(certificate, { thisUpdate: now - 2 * hour });
  t.doesNotThrow(() => judge.checkOcsp(der, certificate, issuer, now));
  limit = hour;
  t.throws(() => judge.checkOcsp(der, certificate, issuer, now), { code: "ocsp_stale" });
});

t.test("a chain is verified once, and its times at every message", async (t) => {
  const judge = new CachedCertificateJudge(() => 8 * hour);
  t.doesNotThrow(() => judge.checkChain(certificate, issuer, now));
  t.doesNotThrow(() => judge.checkChain(certificate, issuer, now + 1));
  t.throws(() => judge.checkChain(certificate, issuer, certificate.notAfter + 1), {
    code: "certificate_expired",
  });
  t.throws(() => judge.checkChain(certificate, issuer, certificate.notBefore - 1), {
    code: "certificate_expired",
  });
  t.throws(() => judge.checkChain(certificate, providerSeal.identity.certificate, now), {
    code: "certificate_chain",
  });
});
