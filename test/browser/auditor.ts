import type { Test } from "tap";
import { readPackage } from "../../src/messagelog/evidence/package-read.ts";
import { service } from "../exchange/permissions/permission-scene.ts";
import type { BrowserScene } from "./scene.ts";

/** An auditor at the console, with a keyboard and without scripts: finds an exchange, reads, verifies and exports it. @returns paths of the pages */
export async function auditorStories(t: Test, scene: BrowserScene): Promise<readonly string[]> {
  const auditor = await scene.officer(["auditor", "data-protection-officer"], { scripts: "off" });
  const barriers: string[] = [];
  const look = async () => void barriers.push(...(await auditor.barriers()));
  const heading = (name: string | RegExp) => auditor.page.getByRole("heading", { name }).first();
  const acts = (name: string) => `form[action$="/${name}"]`;

  await t.test("finds an exchange", async (t) => {
    await scene.sealNow();
    await auditor.follow("link", "Exchanges");
    await auditor.fill(/^Service/, service.id);
    await auditor.choose("Outcome", "answered");
    await auditor.follow("button", "Search");
    t.equal(
      await auditor.page.getByRole("row").count(),
      2,
      "a heading, and the use by the owner of the server",
    );
  });

  await t.test("exports what was found", async (t) => {
    await auditor.choose("Format", "CSV");
    await auditor.fill(/^Reason/, "Case 7", acts("export"));
    const { name, bytes } = await auditor.download("Export", acts("export"));
    t.match(name, /\.zip$/);
    t.ok((await readPackage(bytes)).size > 1);
  });

  await t.test("reads who asked whom, why, what was decided, and what proves it", async (t) => {
    await auditor.follow("link", /^[0-9a-f-]{36}$/, "main");
    await look();
    await auditor.picture("console-exchange", heading("Timeline"));
    await auditor.picture("console-proof", heading(/^Inclusion in batch/));
    const said = await auditor.says();
    for (const part of [service.id, /register/, /permitted|Permitted/, /was time-stamped/])
      t.match(said, part);
  });

  await t.test("verifies it now", async (t) => {
    await auditor.fill(/^Reason/, "Case 7", acts("verification"));
    await auditor.follow("button", "Verify", acts("verification"));
    await look();
    await auditor.picture("console-verification");
    t.match(await auditor.says(), /Valid/);
    await auditor.follow("link", "To the exchange");
  });

  await t.test("takes the evidence of both sides along", async (t) => {
    for (const act of ["evidence", "other-side"]) {
      await auditor.fill(/^Reason/, "Case 7", acts(act));
      const { bytes } = await auditor.download(
        act === "evidence" ? "Download" : "Fetch and download",
        acts(act),
      );
      t.ok((await readPackage(bytes)).size > 3, act);
    }
  });

  await t.test("opens one value, after saying why", async (t) => {
    await auditor.tick("The case", acts("openings"));
    await auditor.fill(/^Reason/, "Case 7", acts("openings"));
    await auditor.follow("button", "Open", acts("openings"));
    await look();
    t.match(await auditor.says(), "alert(2)", "what was smuggled in is shown as text");
  });

  t.strictSame(barriers, []);
  t.strictSame(auditor.faults, []);
  await auditor.leave();
  return auditor.visited;
}
