import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import t from "tap";
import type { Schema } from "../../src/catalogue/compatibility/json-schema.ts";
import { projectSchema } from "../../src/catalogue/project-schema.ts";
import type { Json } from "../../src/core/canonical-json.ts";
import { cutJson, type KeptMembers } from "../../src/core/cut-json.ts";
import { arbitraryInstance, arbitrarySchema } from "./compatibility/arbitrary-schema.ts";

const ajv = new Ajv2020({ strict: false, logger: false });

function fits(schema: Schema): (instance: Json) => boolean {
  try {
    return ajv.compile(schema) as (instance: Json) => boolean;
  } finally {
    ajv.removeSchema();
  }
}

const { kept } = fc.letrec<{ kept: KeptMembers }>((tie) => ({
  kept: fc.oneof(
    { depthSize: "small" },
    fc.constant("whole" as const),
    fc.dictionary(fc.constantFrom("a", "b", "c"), tie("kept"), { maxKeys: 3 }) as fc.Arbitrary<KeptMembers>,
  ),
}));

t.test("what fitted the schema fits its projection when it was cut", async (t) => {
  let judged = 0;
  fc.assert(
    fc.property(
      arbitrarySchema,
      kept,
      fc.array(arbitraryInstance, { minLength: 20, maxLength: 50 }),
      (schema, kept, instances) => {
        const [before, after] = [fits(schema), fits(projectSchema(schema, kept))];
        for (const instance of instances.filter(before)) {
          judged++;
          const left = JSON.parse(cutJson(JSON.stringify(instance), kept)) as Json;
          if (!after(left)) throw new Error(`${JSON.stringify(instance)} became ${JSON.stringify(left)}`);
        }
      },
    ),
    { numRuns: 700 },
  );
  t.ok(judged > 1000, `${judged} documents cut`);
});

t.test("a projection is as closed as its schema, and demands what is still there", async (t) => {
  const person = {
    type: "object",
    properties: {
      name: { type: "string" },
      income: { type: "integer" },
      children: { type: "array", items: { $ref: "#/$defs/child" } },
    },
    required: ["name", "income", "children"],
    additionalProperties: false,
    $defs: {
      child: {
        type: "object",
        properties: { birth: { type: "string" }, code: { type: "string" } },
        required: ["birth", "code"],
        additionalProperties: false,
      },
    },
  };
  const judge = fits(projectSchema(person, { name: "whole", children: { birth: "whole" } }));
  t.ok(judge({ name: "A", children: [{ birth: "2020" }] }));
  t.notOk(judge({ name: "A", children: [{ birth: "2020", code: "1" }] }), "a field that was to be cut");
  t.notOk(judge({ name: "A", children: [{}] }), "a field that was not to be cut");
  t.notOk(judge({ name: "A", income: 1, children: [] }));
  t.notOk(judge({ children: [] }));
});

t.test("a schema that refers to itself is projected at every depth", async (t) => {
  const tree = {
    $ref: "#/$defs/node",
    $defs: {
      node: {
        type: "object",
        properties: {
          v: { type: "integer" },
          x: true,
          next: { type: "array", items: { $ref: "#/$defs/node" } },
        },
        additionalProperties: false,
      },
    },
  };
  const judge = fits(projectSchema(tree, { v: "whole", next: { v: "whole" } }));
  t.ok(judge({ v: 1, next: [{ v: 2 }] }));
  t.notOk(judge({ v: 1, next: [{ v: 2, next: [] }] }));
  const whole = fits(projectSchema(tree, { next: "whole" }));
  t.ok(whole({ next: [{ v: 1, next: [{ x: "what stays whole keeps its references" }] }] }));
  t.notOk(whole({ next: [{ v: "1" }] }));
});
