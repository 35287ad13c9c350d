import { type IdentifierRule, isIdentifierRule, plainRule, spellings } from "../catalogue/identifier-rule.ts";
import { loadVocabulary } from "../catalogue/vocabulary.ts";
import { SealwayError } from "../core/errors.ts";
import type { LogReader } from "../messagelog/message-store.ts";
import type { SoughtPerson } from "../messagelog/search/sought-person.ts";

/**
 * The spellings under which the records of a log may name a person: by the rule that its scheme had in each configuration
 * in which records were made, and the plain one, of the time before there was a rule.
 * @throws SealwayError `bad_request` for what is no identifier
 */
export async function spellingsIn(
  log: Pick<LogReader, "documentsOf">,
  { scheme, value }: SoughtPerson,
): Promise<readonly string[]> {
  const kept = await log.documentsOf("identifier-rules");
  const known = [
    loadVocabulary().identifierRules,
    ...kept.map(({ bytes }) => JSON.parse(bytes.toString("utf8")) as Readonly<Record<string, string>>),
  ];
  const rules = known.flatMap((schemes): string[] =>
    Object.hasOwn(schemes, scheme) ? [schemes[scheme]!] : [],
  );
  // The newest first: it is the one by which records are made now.
  const inOrder: readonly IdentifierRule[] = [...rules.reverse().filter(isIdentifierRule), plainRule];
  const found = spellings(inOrder, value);
  if (found.length === 0) throw new SealwayError("bad_request", `the subject is no identifier of ${scheme}`);
  return found;
}
