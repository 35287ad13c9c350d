/*
 * npx node test/catalogue/measure-form-check.ts [services] [fields]
 *
 * How long a form takes to be held against a catalogue whose descriptions were read and never looked into: the first
 * check, and the median of those that follow; with fields that name their element, that are recognised by words, and
 * that are not recognised.
 */
import type { Schema } from "../../src/catalogue/compatibility/json-schema.ts";
import type { DescriptionDocument } from "../../src/catalogue/description-document.ts";
import { FormCheck } from "../../src/catalogue/form-check.ts";
import { questionsOfSchema } from "../../src/catalogue/form-questions.ts";
import { loadVocabulary } from "../../src/catalogue/vocabulary.ts";
import { unsafeId } from "../../src/core/ids.ts";
import { residence } from "./residence.ts";

const [services = 1000, fields = 200] = process.argv.slice(2).map(Number);
const vocabulary = loadVocabulary();
const elements = [...vocabulary.elements];

function catalogue(): readonly DescriptionDocument[] {
  return Array.from({ length: services }, (_, i) => ({
    ...structuredClone(residence),
    id: unsafeId<DescriptionDocument["id"]>(`DEV/GOV/10000001/population/service-${i}`),
    source: { register: `r${i}`, elements: [elements[i % elements.length]!.id], territory: "DEV" },
  }));
}

const titles: Readonly<Record<string, (i: number) => object>> = {
  "named by element": (i) => ({ "x-sealway-element": elements[i % elements.length]!.id }),
  "recognised by words": (i) => ({
    title: `What is your ${elements[i % elements.length]!.id.replaceAll(".", " ")}?`,
  }),
  "recognised in Chinese": (i) => ({
    title: `您的${elements[i % elements.length]!.title.zh ?? "姓名"}是什么？`,
  }),
  "not recognised": (i) => ({
    title: `Please describe the colour of your ${i}. umbrella, and why you chose it`,
  }),
};

for (const [what, title] of Object.entries(titles)) {
  const properties = Object.fromEntries(
    Array.from({ length: fields }, (_, i) => [`field${i}`, { type: "string", ...title(i) }]),
  );
  const schema = { type: "object", properties } as Schema;
  const times = Array.from({ length: 9 }, () => {
    const described = catalogue();
    const before = process.cpuUsage();
    const began = process.hrtime.bigint();
    const { held } = new FormCheck(described, vocabulary, "2026-11-22").check(
      questionsOfSchema(structuredClone(schema)),
    );
    const { user, system } = process.cpuUsage(before);
    return {
      ms: Number(process.hrtime.bigint() - began) / 1e6,
      cpu: (user + system) / 1000,
      held: held.length,
    };
  });
  const [first] = times;
  const sorted = times.slice(1).sort((a, b) => a.ms - b.ms);
  const median = sorted[sorted.length >> 1]!;
  console.log(
    `${fields} fields ${what}, ${services} services: first ${first!.ms.toFixed(0)} ms (${first!.cpu.toFixed(0)} ms of CPU), then ${median.ms.toFixed(0)} ms ` +
      `(${median.cpu.toFixed(0)} ms of CPU); ${median.held} held`,
  );
}
