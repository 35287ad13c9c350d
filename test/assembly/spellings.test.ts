import t from "tap";
import { spellingsIn } from "../../src/assembly/spellings.ts";
import { sha256Base64Url } from "../../src/core/bytes.ts";
import { ContextKeeper } from "../../src/exchange/context-keeper.ts";
import type { ContextDocument, MessageLog } from "../../src/messagelog/message-record.ts";
import type { GlobalConfiguration } from "../../src/trust/global-configuration.ts";

const plate = "urn:test:plate";

/** What a gateway keeps of a configuration, by its vocabulary, and a log that has it. */
function logOf() {
  const documents: ContextDocument[] = [];
  const log = { keep: async (document: ContextDocument) => void documents.push(document) };
  const keeper = new ContextKeeper(log as unknown as MessageLog);
  return {
    documentsOf: async (kind: string) => documents.filter((one) => one.kind === kind),
    use: (sha256: string, ...normalisations: readonly string[]) => {
      const title = { en: "Number plate" };
      const vocabularies = normalisations.map((normalisation) => {
        const schemes = [{ id: plate, title, normalisation, pattern: "^[A-Z0-9]{2,9}$" }];
        const bytes = Buffer.from(JSON.stringify({ v: 1, elements: [], schemes }));
        return { path: "vocabularies/1.json", sha256: sha256Base64Url(bytes), bytes };
      });
      const configuration = { sha256, files: new Map(), vocabularies } as unknown as GlobalConfiguration;
      return keeper.keep(configuration, undefined, null);
    },
  };
}

t.test("a person is sought by every spelling that records of the log may have", async (t) => {
  const log = logOf();
  const spelled = () => spellingsIn(log, { scheme: plate, value: " 123-abc " });
  t.strictSame(await spelled(), ["123-ABC"], "plainly, where no rule was known");
  await log.use("first");
  t.strictSame(await spelled(), ["123-ABC"]);
  await log.use("second", "compact-upper");
  t.strictSame(await spelled(), ["123ABC", "123-ABC"], "by the rule, and as it was before there was one");
  await log.use("third", "trim-lower");
  t.strictSame(await spelled(), ["123-abc", "123ABC", "123-ABC"], "the newest first");
  await log.use("unreadable", "trim-lower", "trim-lower");
  t.strictSame((await spelled())[0], "123-abc", "one that cannot be read leaves the last in use");
});

t.test("schemes of the shared vocabulary need no configuration", async (t) => {
  const scheme = "urn:sealway:scheme:iban";
  const value = "ee38 2200 2210 2014 5685";
  t.strictSame(await spellingsIn(logOf(), { scheme, value }), ["EE382200221020145685", value.toUpperCase()]);
});

t.test("what is no identifier is refused, and not repeated", async (t) => {
  for (const value of ["", " \t", "x\0y", "x".repeat(1025)])
    await t.rejects(spellingsIn(logOf(), { scheme: plate, value }), {
      code: "bad_request",
      detail: `the subject is no identifier of ${plate}`,
    });
});
