import { performance } from "node:perf_hooks";
import { CatalogueDesk } from "../../../src/catalogue/catalogue-desk.ts";
import type { Schema } from "../../../src/catalogue/compatibility/json-schema.ts";
import type { DescriptionDocument } from "../../../src/catalogue/description-document.ts";
import { FormCheck } from "../../../src/catalogue/form-check.ts";
import { SearchIndex } from "../../../src/catalogue/search-index.ts";
import { anonymous } from "../../../src/catalogue/visibility.ts";
import { loadVocabulary } from "../../../src/catalogue/vocabulary.ts";
import { residence } from "../residence.ts";
import { shownCatalogue } from "../viewed-catalogue.ts";

/*
 * What the search of a catalogue of 1,000 services costs: `npx node test/catalogue/search/measure-search.ts`.
 */

const count = 1000;
const vocabulary = loadVocabulary();
const elements = [...vocabulary.elements].map(({ id }) => id);
const words = elements.flatMap((id) => id.split("."));

function service(i: number): DescriptionDocument {
  const pick = (n: number) => words[(i * 7 + n * 13) % words.length]!;
  const properties = Object.fromEntries(
    Array.from({ length: 20 }, (_, n) => [
      `${pick(n)}${n}`,
      {
        ...{
          type: "string",
          maxLength: 100,
          description: `The ${pick(n + 1)} of the ${pick(n + 2)}, field ${n}.`,
        },
        "x-sealway-element": elements[(i + n) % elements.length],
      },
    ]),
  );
  const schema = { type: "object", additionalProperties: false, properties } as Schema;
  const [endpoint] = residence.endpoints;
  return {
    ...residence,
    id: `DEV/GOV/${i % 50}/registers/service-${i}` as DescriptionDocument["id"],
    title: { en: `Register ${i}: ${pick(0)} and ${pick(1)}`, zh: "住址登记" },
    description: { en: `Tells the ${pick(3)}, the ${pick(4)} and the ${pick(5)} that the register holds.` },
    endpoints: [{ ...endpoint, responses: { "200": { schema } } }],
  };
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!.toFixed(1);
function time(work: () => void): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}

/** CPU of this process, which other work on the machine does not lengthen; milliseconds. */
function cost(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const services = Array.from({ length: count }, (_, i) => service(i));
let index = new SearchIndex(vocabulary);
const builds = Array.from({ length: 5 }, () =>
  cost(() => {
    index = new SearchIndex(vocabulary);
    for (const each of services) index.add(each);
  }),
);
console.log(
  `CPU of building the index of ${count} services: first ${builds[0]!.toFixed(1)} ms, median ${median(builds)} ms`,
);
for (const text of ["register", "person address", "re", "住址", "birth date of the person", "service-77"]) {
  const ask = () => index.search({ text, limit: 20, isVisible: () => true });
  const first = time(ask);
  const times = Array.from({ length: 21 }, () => time(ask));
  console.log(`"${text}": ${ask().total} found, first ${first.toFixed(1)} ms, median ${median(times)} ms`);
}
const shown = shownCatalogue(services);
const desk = new CatalogueDesk();
for (const path of ["/catalogue", "/catalogue/dcat"]) {
  const query = path === "/catalogue" ? "?limit=1000" : "";
  let bytes = 0;
  const tell = async () => {
    const began = performance.now();
    bytes = JSON.stringify((await desk.answer(shown, anonymous, { path, query })).value).length;
    return performance.now() - began;
  };
  const times: number[] = [];
  for (let i = 0; i < 11; i++) times.push(await tell());
  console.log(`${path} of ${count} services: ${bytes} bytes, median ${median(times)} ms`);
}
const questions = Array.from({ length: 200 }, (_, i) => ({
  place: `/${i}`,
  name: words[i % words.length]!,
  text: "",
}));
const checks = Array.from({ length: 5 }, () =>
  time(() => void new FormCheck(services, vocabulary, "2026-11-22").check(questions)),
);
console.log(`a form of 200 fields against them: median ${median(checks)} ms`);
