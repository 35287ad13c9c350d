import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { registryPlace } from "../../src/assembly/registry-place.ts";
import { newDirectory } from "../new-directory.ts";

const directory = newDirectory();
const file = (settings: object) => {
  const path = join(directory, "database.json");
  writeFileSync(path, JSON.stringify(settings));
  return path;
};

t.test("the registry's log is in SQLite below the authority's directory, or where a file says", async (t) => {
  t.strictSame(await registryPlace(directory, undefined), { stateDirectory: join(directory, "registry") });
  const settings = { host: "db.example", database: "registry", user: "authority", passwordFile: "password" };
  t.match(await registryPlace(directory, file(settings)), {
    postgresql: { ...settings, port: 5432, tls: "verified", passwordFile: join(directory, "password") },
  });
});

t.test("a faulty file is refused with what is wrong", async (t) => {
  await t.rejects(registryPlace(directory, file({ host: "db.example", user: "x", tls: "maybe" })), {
    name: "ConfigurationError",
    message: /database(?:.|\n)*tls|tls(?:.|\n)*database/,
  });
});
