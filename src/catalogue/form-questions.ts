import { pointerToken } from "../core/json-pointer.ts";
import type { Schema } from "./compatibility/json-schema.ts";
import type { DescriptionDocument } from "./description-document.ts";
import { type Field, fieldsOf } from "./fields-of.ts";
import type { Question } from "./form-check.ts";
import { describedMedia } from "./gate/described-media.ts";

/** The questions that a form puts whose answers a schema describes; what it says is told for another use is no question. */
export function questionsOfSchema(schema: Schema, place = ""): readonly Question[] {
  return fieldsOf(schema)
    .filter(({ leaf, use, pointer }) => leaf && pointer !== "" && isAsked(use))
    .map((field) => ({ ...questionOf(field), place: `${place}${field.pointer}` }));
}

/** The questions of a service that takes what people are asked for: its requests. */
export function questionsOfDescription(document: DescriptionDocument): readonly Question[] {
  const bodies = describedMedia(document)
    .filter(({ direction }) => direction === "request")
    .flatMap(({ media, place }) => questionsOfSchema(media.schema, place));
  const parameters = document.endpoints.flatMap((endpoint, i) =>
    Object.entries(endpoint.parameters ?? {})
      .filter(([, { use }]) => isAsked(use))
      .map(([name, { element, description }]): Question => {
        const place = `/endpoints/${i}/parameters/${pointerToken(name)}`;
        return { place, element, name: name.slice(name.indexOf(":") + 1), text: description?.en };
      }),
  );
  return [...bodies, ...parameters];
}

function isAsked(use: Field["use"]): boolean {
  return use === undefined || use === "collect";
}

function questionOf({ pointer, element, title }: Field): Omit<Question, "place"> {
  const names = pointer
    .split("/")
    .slice(1)
    .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"))
    .filter((name) => name !== "*");
  return { element, text: title, name: names.at(-1), above: names.slice(0, -1) };
}
