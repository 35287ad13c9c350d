import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import { parseExchange } from "../../message/exchange-document.ts";
import { buildEvidencePackage, type EvidenceParts } from "../../messagelog/evidence/evidence-package.ts";
import { collectEvidence } from "../../messagelog/evidence/evidence-package-collect.ts";
import { verifyPackage } from "../../messagelog/evidence/verify-package.ts";
import type { EvidenceReader } from "../../messagelog/evidence-reader.ts";
import { parseEvidenceRecord } from "../../pki/evidence-record.ts";
import { parseTimestampToken } from "../../pki/timestamp-token.ts";
import { loadAnchor } from "../../trust/anchor.ts";
import type { Country, CountryServer } from "../country/country.ts";
import type { EvidenceFound, Played, Tell } from "./event.ts";
import { withLogOf } from "./server-log.ts";

const sides = ["consumer", "provider"] as const;

/**
 * Collects what both servers' logs hold of each exchange, writes the packages, and verifies each one offline, from its
 * bytes and the authority's anchor alone.
 */
export async function verifyEvidence(
  country: Country,
  accounts: readonly Played[],
  clock: Clock,
  tell: Tell,
): Promise<EvidenceFound[]> {
  const directory = evidenceDirectory(country);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const found: EvidenceFound[] = [];
  for (const account of accounts) {
    if (account.exchangeId === null) continue;
    // What the consumer's own server refuses, nobody else hears of.
    const isOwn = account.event === "exchange" && account.ending.kind === "own";
    for (const side of isOwn ? (["consumer"] as const) : sides) {
      const server = serverNamed(country, side === "consumer" ? account.asks.server : account.answers.server);
      const evidence = await withLogOf(server, (log) =>
        verifySide({
          country,
          log,
          account,
          side,
          directory,
          exchangeId: account.exchangeId!,
          clock,
          server,
        }),
      );
      tell(evidence);
      found.push(evidence);
    }
  }
  return found;
}

/** Where the packages lie. */
export function evidenceDirectory({ directory }: Country): string {
  return join(directory, "evidence");
}

interface Side {
  readonly country: Country;
  readonly server: CountryServer;
  readonly log: EvidenceReader;
  readonly account: Pick<Played, "number">;
  readonly exchangeId: string;
  readonly side: (typeof sides)[number];
  readonly directory: string;
  readonly clock: Clock;
}

async function verifySide(x: Side): Promise<EvidenceFound> {
  const { country, log, account, exchangeId, side, directory, clock, server } = x;
  const base = { event: "evidence", number: account.number, exchangeId, server: server.name, side } as const;
  const anchor = await loadAnchor(country.anchorFile);
  const collected = await collectEvidence(log, exchangeId, anchor, { role: side, heads: "shown" });
  if (collected.outcome !== "collected") {
    const troubles = [`the log's word for it: ${collected.outcome}`];
    return {
      ...base,
      messages: [],
      removed: [],
      sealedAt: null,
      valid: false,
      findings: {},
      troubles,
      file: null,
    };
  }
  const file = join(directory, `${account.number}-${side}.zip`);
  await writeFile(file, await buildEvidencePackage(collected.parts), { mode: 0o600 });
  const verdict = await verifyPackage(await readFile(file), {
    anchor: await readFile(country.anchorFile),
    at: clock.now(),
  });
  const findings: Record<string, number> = {};
  for (const { severity } of verdict.findings) findings[severity] = (findings[severity] ?? 0) + 1;
  const documents = collected.parts.messages.map(({ exchange }) => parseExchange(exchange));
  const bad = verdict.findings.filter(
    ({ severity, code }) => severity === "failure" || (severity === "warning" && code !== "demonstration"),
  );
  return {
    ...base,
    messages: documents.map(({ type }) => type),
    removed: documents.flatMap(({ decision }) => decision?.fieldsRemoved ?? []),
    sealedAt: sealedAt(collected.parts),
    valid: verdict.verdict === "valid",
    findings,
    troubles: bad.map(
      ({ code, place, detail }) => `${code}: ${place}${detail === undefined ? "" : `: ${detail}`}`,
    ),
    file,
  };
}

function serverNamed({ servers }: Country, name: string): CountryServer {
  return servers.find((server) => server.name === name)!;
}

/** The time of the last message's stamp, ISO 8601. */
function sealedAt({ messages }: EvidenceParts): string | null {
  const token = parseEvidenceRecord(messages.at(-1)!.evidenceRecord).chains[0]?.timestamps[0]?.token;
  const time = token && parseTimestampToken(token).info?.genTime;
  return time === undefined ? null : new Date(time).toISOString();
}
