import t from "tap";
import { clients } from "../country/plan.ts";
import { records } from "../country/records.ts";
import { newWorld, order, person, personsList, scheme } from "./world.ts";

/* Dry runs of what a restriction hides. */

const world = await newWorld(t);
const { country } = world;
await order(world);

async function total(): Promise<number> {
  const list = await personsList(country, `/v1/usages?userCode=${person}`);
  return (list as { readonly total: number }).total;
}

t.test(
  "trying out what is restricted is hidden from the person, and from others' trials nothing",
  async (t) => {
    const before = await total();
    const tryOut = async (client: string, purpose: string) => {
      const subject = { scheme, value: person };
      const question = { service: records.enforced.id, method: "POST", path: "/find", purpose, subject };
      const headers = ["Content-Type", "application/json"];
      const answer = await country.ask({
        ...{ method: "POST", path: "/decisions", client, headers },
        body: JSON.stringify(question),
      });
      if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body}`);
    };
    await tryOut(clients.onboarding, "means-test");
    t.equal(await total(), before);
    await tryOut(clients.benefits, "letters");
    t.equal(await total(), before + 1);
  },
);
