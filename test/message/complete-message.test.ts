import t from "tap";
import vectors from "../../schemas/exchange/v1/vectors/message.json" with { type: "json" };
import { sha256, sha512, toBase64Url } from "../../src/core/bytes.ts";
import { parseMemberId, parseServerId } from "../../src/core/ids.ts";
import { CachedCertificateJudge } from "../../src/message/certificate-judge.ts";
import { canonicalBytes } from "../../src/message/head.ts";
import { requestHash } from "../../src/message/request-hash.ts";
import { verifyMessage } from "../../src/message/verify-message.ts";
import { parseWireHeaders } from "../../src/message/wire.ts";
import { parseCertificate } from "../../src/pki/certificate.ts";

/*
 * The published exchange, verified from its text alone: what is frozen stays readable. Nothing here may be made anew;
 * when this test fails, the format has changed.
 */
const issuer = parseCertificate(Buffer.from(vectors.issuer, "base64"));
const seals = new Map(
  vectors.seals.map(({ member, servers, certificate }) => {
    const parsed = parseCertificate(Buffer.from(certificate, "base64"));
    const known = {
      member: parseMemberId(member),
      certificate: parsed,
      issuer,
      servers: servers.map(parseServerId),
    };
    return [parsed.fingerprint, known];
  }),
);
const servers = new Map(vectors.servers.map(({ id, owner }) => [id, { owner: parseMemberId(owner) }]));
const directory = {
  seal: (fingerprint: string) => seals.get(fingerprint),
  server: (id: string) => servers.get(id),
};
const judge = new CachedCertificateJudge(() => vectors.ocspFreshness);

function verified({ headers }: { readonly headers: Readonly<Record<string, string>> }) {
  const wire = parseWireHeaders(Object.entries(headers).flat());
  return verifyMessage(wire, directory, judge, { now: () => vectors.at });
}

const request = verified(vectors.request);
const response = verified(vectors.response);

t.test("the bodies are those that the heads bind", async (t) => {
  const asked = Buffer.from(vectors.request.body);
  const answered = Buffer.from(vectors.response.body);
  t.strictSame(request.head.body, { digest: sha512(asked), length: asked.length });
  t.strictSame(response.head.body, { digest: sha256(answered), length: answered.length });
});

t.test("the answer is bound to the request", async (t) => {
  t.equal(response.document.request, toBase64Url(sha256(vectors.request.headers["sealway-signature"])));
  t.equal(response.document.from, request.document.to);
  t.equal(response.document.to, request.document.from);
  const hash = requestHash(
    canonicalBytes(request.head.start, request.head.headers),
    sha512(vectors.request.body),
  );
  t.equal(hash, vectors.requestHash);
  t.ok(response.head.headers.some(([name, value]) => name === "x-road-request-hash" && value === hash));
});

t.test("both algorithms are among them", async (t) => {
  t.strictSame(
    [request, response].map(({ signature }) => signature.header.alg),
    ["ES256", "RS256"],
  );
});
