import type { Test } from "tap";
import { benefitsAgency } from "../exchange/country/plan.ts";
import { type BrowserScene, smuggled } from "./scene.ts";

/** Two officers of the authority at the console, each with a keyboard and a key of their own: one approves, one declines. @returns paths of the pages */
export async function registrarStories(t: Test, scene: BrowserScene): Promise<readonly string[]> {
  const member = benefitsAgency;
  const added = (name: string) => [{ kind: "subsystem-add", subsystem: `${member}/${name}`, name: smuggled }];
  const ask = (name: string) =>
    scene.order("registration-officer", "/registration-requests", { member, changes: added(name) });
  const [lawful, doubled] = [await ask("register"), await ask("archive")];
  const [one, other] = await scene.registrars({ scripts: "off" });
  const barriers: string[] = [];

  await t.test("an officer reads a request and what was looked at, and approves it", async (t) => {
    await one.follow("link", "Registration requests");
    await one.follow("link", "Queue of the governing authority");
    await one.fill(/^Passphrase/, "words 0");
    await one.fill(/^Reason/, "The queue of today");
    await one.follow("button", "Show");
    barriers.push(...(await one.barriers()));
    await one.follow("link", lawful.id);
    const read = await one.says();
    for (const part of [
      /Signatures and approvals/,
      /its signatures are verified/,
      `${member}/register`,
      "alert(2)",
    ])
      t.match(read, part);
    const form = 'form[action$="/approval"]';
    await one.unfold("Approve");
    await one.fill(/^Passphrase/, "word 0", form);
    await one.fill(/^Reason/, "Seen the decree", form);
    await one.follow("button", "Approve", form);
    t.match(await one.says(), /passphrase does not open/);
    barriers.push(...(await one.barriers()));
    await one.fill(/^Passphrase/, "words 0", form);
    await one.follow("button", "Approve", form);
    t.match(await one.says(), /Stateapproved/);
  });

  await t.test("another officer declines the other request, and says why", async (t) => {
    await other.open(`${scene.admin.url}/registration/${doubled.id}`);
    t.match(await other.says(), `${member}/archive`);
    const form = 'form[action$="/decline"]';
    await other.unfold("Decline");
    await other.fill(/^Why, for whoever asked/, "There is an archive already.", form);
    await other.fill(/^Passphrase/, "words 1", form);
    await other.fill(/^Reason/, "Looked it up", form);
    await other.follow("button", "Decline", form);
    t.match(await other.says(), /declined or withdrawn.*There is an archive already/s);
  });

  t.strictSame(barriers, []);
  t.strictSame([...one.faults, ...other.faults], []);
  await one.leave();
  await other.leave();
  return [...one.visited, ...other.visited];
}
