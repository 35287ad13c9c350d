import { setTimeout as wait } from "node:timers/promises";
import { buildEvidencePackage } from "../../messagelog/evidence/evidence-package.ts";
import { collectEvidence } from "../../messagelog/evidence/evidence-package-collect.ts";
import { verifyPackage } from "../../messagelog/evidence/verify-package.ts";
import { loadAnchor, writeAnchor } from "../../trust/anchor.ts";
import type { ConfigurationIndex } from "../../trust/configuration-index.ts";
import { openEvidence } from "../open-evidence.ts";
import { readTrust } from "../read-trust.ts";
import { ownerOf, subsystemsOf } from "./init-answers.ts";
import { InitStopped, type PlacedWork } from "./init-work.ts";

/** A server that runs for the test. */
export interface TestedServer {
  /** Of its HTTP interface on this machine. */
  readonly httpPort: number | null;
  /** Has what is pending time-stamped. Resolves to whether all is. */
  sealNow(): Promise<boolean>;
}

const mostTries = 20;

/**
 * Makes one exchange as an information system would, and verifies its evidence as a court would: by the anchor alone.
 * @throws InitStopped with what the server said
 */
export async function testExchange(work: PlacedWork, { httpPort, sealNow }: TestedServer): Promise<void> {
  const { answers, configuration, clock, tell } = work;
  const client = subsystemsOf(answers)[0]?.id ?? ownerOf(answers);
  const path = answers.testPath ?? metaservicePath(await readTrust(configuration, clock), ownerOf(answers));
  if (httpPort === null || path === undefined)
    return tell(
      `no test exchange: ${path === undefined ? "there is no other member" : "there is no HTTP interface"}`,
    );
  const url = `http://127.0.0.1:${httpPort}${path}`;
  const { exchangeId, status, said } = await callPatiently(work, url, client);
  if (status !== 200) throw new InitStopped(`the test exchange ${path} failed with ${status}: ${said}`);
  tell(`exchange ${exchangeId}: ${path} has answered`);
  if (!(await sealNow()))
    throw new InitStopped("the exchange cannot be time-stamped yet: run the command again");
  const findings = await findingsOn(work, exchangeId);
  if (findings.length > 0)
    throw new InitStopped(`the evidence of ${exchangeId} does not verify: ${findings.join("; ")}`);
  tell(`exchange ${exchangeId}: its evidence verifies`);
}

/** The provider's server may not have the configuration yet that lists this one. */
async function callPatiently({ signal }: PlacedWork, url: string, client: string) {
  for (let tries = 1; ; tries++) {
    const answer = await fetch(url, { headers: { "X-Road-Client": client }, redirect: "error", signal });
    const said = (await answer.text()).replace(/[^\x20-\x7e]/g, "?").slice(0, 500);
    const exchangeId = answer.headers.get("sealway-exchange-id") ?? "";
    if (answer.status === 200 || tries === mostTries) return { exchangeId, status: answer.status, said };
    await wait(500, undefined, { signal });
  }
}

/** Every subsystem of every member tells everybody which services it has. */
function metaservicePath(index: ConfigurationIndex, owner: string): string | undefined {
  const other = index.content.members
    .filter(({ id }) => id !== owner)
    .flatMap(({ subsystems }) => subsystems)
    .find(({ id }) => index.serverOf(id) !== undefined);
  return other && `/r1/${other.id}/listMethods`;
}

async function findingsOn({ configuration, clock }: PlacedWork, exchangeId: string): Promise<string[]> {
  const anchor = await loadAnchor(configuration.anchor);
  const reader = await openEvidence(configuration);
  try {
    const collected = await collectEvidence(reader, exchangeId, anchor, { role: "consumer", heads: "shown" });
    if (collected.outcome !== "collected") return [collected.outcome];
    const bytes = await buildEvidencePackage(collected.parts);
    const verdict = await verifyPackage(bytes, { anchor: Buffer.from(writeAnchor(anchor)), at: clock.now() });
    return verdict.verdict === "valid"
      ? []
      : [verdict.verdict, ...verdict.findings.map((one) => JSON.stringify(one))];
  } finally {
    reader.close();
  }
}
