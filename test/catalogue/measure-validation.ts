import type { Schema } from "../../src/catalogue/compatibility/json-schema.ts";
import { CompiledSchemas } from "../../src/catalogue/compiled-schemas.ts";
import { cutJson } from "../../src/core/cut-json.ts";
import { parseStrictJson } from "../../src/core/strict-json.ts";

/*
 * What enforcing a description costs a body of 1 KiB, in microseconds of CPU: `node test/catalogue/measure-validation.ts`.
 */

const rounds = 15;
const documents = 10_000;
const text = { type: "string", maxLength: 100 };
const month = {
  ...{ type: "object", additionalProperties: false, required: ["month", "amount"] },
  properties: {
    month: { type: "string", maxLength: 7, pattern: "^[0-9]{4}-[0-9]{2}$" },
    amount: { type: "number", minimum: 0 },
    employer: text,
  },
};
const schema = {
  ...{ type: "object", additionalProperties: false, required: ["code", "name"] },
  properties: {
    code: { type: "string", maxLength: 11, pattern: "^[0-9]{11}$" },
    name: text,
    birth: { type: "string", format: "date" },
    income: { type: "array", maxItems: 50, items: month },
    address: { $ref: "#/$defs/Address" },
  },
  $defs: {
    Address: { type: "object", additionalProperties: false, properties: { city: text, street: text } },
  },
};
const document = {
  ...{ code: "38001010000", name: "Mari Maasikas", birth: "1980-01-01" },
  address: { city: "Harbour", street: "Quay 1" },
  income: Array.from({ length: 13 }, (_, i) => {
    return {
      month: `2026-${String((i % 12) + 1).padStart(2, "0")}`,
      amount: 1200.5 + i,
      employer: "Harbour City Tr.",
    };
  }),
};
const kept = { code: "whole", name: "whole", income: { month: "whole", amount: "whole" } } as const;
const body = JSON.stringify(document);
const bytes = Buffer.from(body);
const compiled = new CompiledSchemas(10);

/** Microseconds of CPU: other work on the machine does not count. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function measured(act: () => unknown): string {
  const costs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const began = cpu();
    for (let i = 0; i < documents; i++) act();
    costs.push((cpu() - began) / documents);
  }
  return costs.toSorted((a, b) => a - b)[rounds >> 1]!.toFixed(1);
}

const began = cpu();
compiled.of(schema as Schema)(document);
const compiling = ((cpu() - began) / 1000).toFixed(1);
process.stdout.write(
  `a body of ${bytes.length} bytes: reading it ${measured(() => parseStrictJson(bytes))} µs, ` +
    `validating it ${measured(() => compiled.of(schema as Schema)(document))} µs, ` +
    `cutting it ${measured(() => cutJson(body, kept))} µs; compiling its schema ${compiling} ms ` +
    `(medians of ${rounds} rounds)\n`,
);
