import t from "tap";
import vectors from "../../schemas/exchange/v1/vectors/request-hash.json" with { type: "json" };
import { sha512 } from "../../src/core/bytes.ts";
import { canonicalBytes, type HeaderLine, parseHead, serializeHead } from "../../src/message/head.ts";
import { requestHash } from "../../src/message/request-hash.ts";
import { requestHead } from "./scene.ts";

for (const { name, meaning, canonical, hash, body, hashWithBody } of vectors.good) {
  t.test(`${name}: ${meaning}`, async (t) => {
    t.equal(requestHash(canonical, null), hash);
    t.equal(requestHash(canonical, sha512(body)), hashWithBody);
    const [method = "", target = "", ...lines] = canonical.split("\r\n").slice(0, -1);
    const headers = lines.map((line): HeaderLine => {
      return [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)];
    });
    const start = { kind: "request", method, target } as const;
    t.equal(canonicalBytes(start, headers), canonical, "our canonical bytes are X-Road's");
    const head = parseHead(serializeHead({ ...requestHead, start, headers }));
    t.equal(requestHash(canonicalBytes(head.start, head.headers), null), hash, "also out of a signed head");
  });
}
