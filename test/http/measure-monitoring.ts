import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { Monitoring } from "../../src/assembly/monitoring.ts";
import type { ServerConfiguration } from "../../src/assembly/server-configuration.ts";
import { monotonic, systemClock } from "../../src/core/clock.ts";
import { type ClientId, type ServerId, type ServiceId, unsafeId } from "../../src/core/ids.ts";
import type { ExchangeEnd } from "../../src/exchange/exchange-monitor.ts";
import { stepGroups } from "../../src/exchange/pipeline.ts";

/*
 * What watching costs an exchange, in microseconds of CPU: `node test/http/measure-monitoring.ts`. "On the path" is what happens
 * before an exchange goes on; "beside it" is the text of its row, made a second later.
 */

const rounds = 15;
const exchanges = 10_000;
const directory = mkdtempSync(join(tmpdir(), "sealway-measure-"));
const service = unsafeId<ServiceId>("DEV/GOV/10000001/population/persons");
const monitoring = await Monitoring.open(
  {
    stateDirectory: directory,
    services: [{ id: service }],
    monitoring: { retentionDays: 7, maxMegabytes: 1024 },
  } as unknown as ServerConfiguration,
  systemClock,
  pino({ level: "silent" }),
);

const groups = stepGroups.flatMap(({ passage }, i) => (passage.startsWith("provider") ? [i] : []));
const now = systemClock.now();

function endOf(i: number): ExchangeEnd {
  return {
    ...{ role: "provider", outcome: "answered", code: null, milliseconds: 3 },
    account: {
      ...{
        exchangeId: `01a2026c-035b-76f0-bcfe-${i}`,
        client: unsafeId<ClientId>("DEV/GOV/10000003/benefits"),
      },
      ...{
        service: { id: service, version: "1.2.3" },
        endpoint: { method: "GET", template: "/persons/{code}" },
      },
      ...{
        clientServer: unsafeId<ServerId>("DEV/GOV/10000003/ss1"),
        serviceServer: null,
        messageId: `query-${i}`,
      },
      ...{ trace: null, requestIn: now, requestOut: now + 1, responseIn: now + 2, responseOut: now + 3 },
      ...{ requestBytes: null, responseBytes: 512, status: 200 },
    },
  };
}

/** Reads the clock as `runPassage` does. */
function watch(i: number): void {
  let began = monotonic();
  for (const group of groups) {
    const at = monotonic();
    monitoring.spent(group, at - began);
    began = at;
  }
  monitoring.appended(1);
  monitoring.appended(1);
  monitoring.ended(endOf(i));
}

/** Microseconds of CPU: other work on the machine does not count. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

const onPath: number[] = [];
const beside: number[] = [];
for (let round = 0; round < rounds; round++) {
  const began = cpu();
  for (let i = 0; i < exchanges; i++) watch(i);
  const done = cpu();
  await monitoring.journal.flush();
  onPath.push((done - began) / exchanges);
  beside.push((cpu() - done) / exchanges);
}
const began = monotonic();
const text = await monitoring.registry.text();
const scraped = monotonic() - began;

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!.toFixed(2);
process.stdout.write(
  `an exchange on the path: ${median(onPath)} µs; beside it: ${median(beside)} µs; ` +
    `a scrape of ${text.length} bytes: ${scraped.toFixed(1)} ms (medians of ${rounds} rounds)\n`,
);
await monitoring.close();
rmSync(directory, { recursive: true });
