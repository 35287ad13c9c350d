import type { Test } from "tap";
import { orderAgreement } from "../../src/assembly/order-agreement.ts";
import { terms } from "../exchange/builtin/agreement-scene.ts";
import { clients, services } from "../exchange/country/plan.ts";
import { answers } from "../policy/agreements/acts.ts";
import type { BrowserScene } from "./scene.ts";

/** What the bank asks for. */
export const agreementId = "bank-own";
const inBase64 = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64");

/** An approver at the console, with a keyboard and without scripts: what a bank asks for, and the word on it. @returns paths of the pages */
export async function approverStories(t: Test, scene: BrowserScene): Promise<readonly string[]> {
  const { stateDirectory } = scene.country.asking;
  const document = { ...terms(agreementId, services.own.id), consumer: clients.onboarding };
  const order = { order: "agreement request", document: inBase64(document) } as const;
  await orderAgreement({ stateDirectory }, { ...order, answers: inBase64(answers) });
  const approver = await scene.officer(["approver"], { scripts: "off" });
  const barriers: string[] = [];
  const look = async () => void barriers.push(...(await approver.barriers()));

  await t.test("reads what is asked for, why, and under which terms", async (t) => {
    await approver.follow("link", "Agreements");
    await approver.choose("State", "requested");
    await approver.follow("button", "Show");
    await approver.follow("link", agreementId);
    await look();
    await approver.picture("console-agreement");
    const said = await approver.says();
    for (const part of [
      clients.onboarding,
      services.own.id,
      /Terms proposed/,
      /Answers to the questionnaire/,
    ])
      t.match(said, part);
  });

  await t.test("approves it, and it is in force", async (t) => {
    const button = approver.page.getByRole("button", { name: "Approve" });
    const form = 'form[action^="/agreements/acts/approve/"]';
    t.equal(await button.count(), 1);
    await approver.fill(/^Reason/, "The law names the bank.", form);
    await approver.follow("button", "Approve", form);
    await look();
    t.match(await approver.says(), /in force/);
  });

  await t.test("suspends it, which needs a reason", async (t) => {
    const form = 'form[action^="/agreements/acts/suspend/"]';
    await approver.unfold("Suspend, as provider");
    await approver.reach(approver.page.locator(form).getByRole("button"));
    await approver.page.keyboard.press("Enter");
    t.match(
      await approver.says(),
      /Suspended by the providerno/,
      "the browser asks for it, and sends nothing",
    );
    await approver.fill(/^Reason/, "A court asked us to.", form);
    await approver.follow("button", "Suspend, as provider", form);
    t.match(await approver.says(), /Suspended by the providersince .*A court asked us to/);
  });

  t.strictSame(barriers, []);
  t.strictSame(approver.faults, []);
  await approver.leave();
  return approver.visited;
}
