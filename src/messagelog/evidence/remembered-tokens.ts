import { asBuffer } from "../../core/bytes.ts";
import { parseTimestampToken, type TimestampToken } from "../../pki/timestamp-token.ts";
import { type TimestampVerdict, verifyTimestampToken } from "../../pki/timestamp-verdict.ts";
import { textDigestOf } from "./read-once.ts";
import { Remembered } from "./remembered.ts";

/** All messages of a batch have one token: it is read and judged once. */
const parsed = new Remembered<TimestampToken>(256);
const verdicts = new Remembered<TimestampVerdict>(256);

/** As `parseTimestampToken`. */
export function parseToken(der: Uint8Array): TimestampToken {
  return parsed.get(textDigestOf(asBuffer(der)), () => parseTimestampToken(der));
}

/** As `verifyTimestampToken`, for a token without a request. */
export const verifyToken: typeof verifyTimestampToken = (der, expectation) => {
  const { imprint, anchors, at } = expectation;
  const trusted = anchors.map(({ fingerprint }) => fingerprint).join(" ");
  const about = `${imprint.digest} ${imprint.value.toString("base64url")} ${trusted} ${at}`;
  const key = `${textDigestOf(asBuffer(der))} ${about}`;
  return verdicts.get(key, () => verifyTimestampToken(der, { imprint, anchors, at }));
};
