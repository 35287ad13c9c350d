import t from "tap";
import { parseServiceDescription } from "../../src/catalogue/service-description.ts";
import { statedPurposes } from "../../src/messagelog/evidence/stated-purposes.ts";
import { purposeOf } from "../../src/policy/purpose.ts";
import { residence } from "../catalogue/residence.ts";

t.test("a purpose is found in its description by the digest that messages sign", async (t) => {
  const bytes = Buffer.from(JSON.stringify(residence, undefined, 2));
  const { sha256 } = purposeOf(parseServiceDescription(bytes, ""), "means-test")!;
  t.strictSame([...statedPurposes(bytes)], [[sha256, "means-test"]]);
  t.equal(statedPurposes(bytes), statedPurposes(bytes), "read once");
});

t.test("what is no description states no purpose", async (t) => {
  for (const text of [
    "",
    "[",
    "null",
    "7",
    '{"purposes":{}}',
    '{"purposes":[1,null,{"id":2}]}',
    '{"a":1,"a":1}',
  ]) {
    t.equal(statedPurposes(Buffer.from(text)).size, 0, text);
  }
});
