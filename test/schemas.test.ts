import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import t from "tap";

const directory = join(import.meta.dirname, "../schemas");
const files = readdirSync(directory, { recursive: true, encoding: "utf8" });
const schemas = files.filter((name) => name.endsWith(".schema.json"));

t.test("our schemas are schemas: no process checks them again", async (t) => {
  const ajv = new Ajv2020({ strict: false });
  for (const name of schemas) {
    const schema = JSON.parse(readFileSync(join(directory, name), "utf8"));
    t.equal(schema.$schema, "https://json-schema.org/draft/2020-12/schema", name);
    t.ok(ajv.validateSchema(schema), `${name}: ${ajv.errorsText()}`);
  }
  t.ok(schemas.length > 15, "they are found");
  t.notOk(ajv.validateSchema({ type: "text" }), "what is no schema is told apart");
});
