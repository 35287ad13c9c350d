import { pointerToken } from "../../core/json-pointer.ts";
import type { Schema } from "../compatibility/json-schema.ts";
import { PatternJudge } from "../pattern/judge-pattern.ts";
import { checkSchema } from "./check-schema.ts";
import { describedMedia } from "./described-media.ts";
import type { GateCode, GateFinding } from "./gate-codes.ts";
import type { Publication } from "./publication.ts";
import { walkSchema } from "./schema-walk.ts";

/** Of all schemas of a description together. */
const mostParts = 20_000;

/** With one of these findings nobody can say what a schema means, or how long it takes to find out. */
const unreadable: ReadonlySet<GateCode> = new Set([
  ...(["schema.invalid", "schema.too-large", "schema.own-identifier", "schema.circular-reference"] as const),
  ...(["schema.remote-reference", "schema.broken-reference", "schema.fan-out"] as const),
  "description.too-large",
]);

export interface CheckedSchemas {
  readonly findings: readonly GateFinding[];
  /** Schemas with a finding. */
  readonly faulty: ReadonlySet<Schema>;
  /** Whether all of them can be read: if not, what else there is to check waits. */
  readonly readable: boolean;
}

/** All schemas of a description: those of parameters, requests and answers. */
export function checkSchemas({ document }: Publication): CheckedSchemas {
  const judge = new PatternJudge();
  const findings: GateFinding[] = [];
  const faulty = new Set<Schema>();
  let parts = 0;
  for (const [schema, place] of schemasOf(document)) {
    for (const _ of walkSchema(schema, place)) if (++parts > mostParts) break;
    const found: GateFinding[] =
      parts > mostParts
        ? [{ code: "description.too-large", place, detail: `its schemas have more than ${mostParts} parts` }]
        : checkSchema(schema, place, judge);
    findings.push(...found);
    if (found.length > 0) faulty.add(schema);
    if (parts > mostParts) break;
  }
  return { findings, faulty, readable: !findings.some(({ code }) => unreadable.has(code)) };
}

function schemasOf(document: Publication["document"]): readonly (readonly [schema: Schema, place: string])[] {
  const ofParameters = document.endpoints.flatMap(({ parameters = {} }, i) =>
    Object.entries(parameters).map(
      ([name, { schema }]) => [schema, `/endpoints/${i}/parameters/${pointerToken(name)}/schema`] as const,
    ),
  );
  const ofMedia = describedMedia(document).map(
    ({ media, place }) => [media.schema, `${place}/schema`] as const,
  );
  return [...ofParameters, ...ofMedia];
}
