import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Test } from "tap";
import { confirmDiscontinuity, declareDiscontinuity } from "../../../src/assembly/declare-discontinuity.ts";
import { loadServerConfiguration } from "../../../src/assembly/server-configuration.ts";
import { run as lost } from "../../../src/cli/log-lost.ts";
import type { PostgresServer } from "../../store/postgres/postgres-server.ts";
import { until } from "../../until.ts";
import type { Changes } from "../country/forgery.ts";
import { listOfficers, makeOfficer } from "../country/officer.ts";
import { services } from "../country/plan.ts";
import type { CountryServer } from "../country/server.ts";
import { pathOf, type SmallCountry } from "../country.ts";

/** How a copy of a server's log is made and put back while the server does not run. */
export interface LogCopy {
  take(): void | Promise<void>;
  putBack(): void | Promise<void>;
}

export function copyOfFiles(country: SmallCountry, server: CountryServer): LogCopy {
  const copy = join(country.directory, "yesterday");
  const log = join(server.stateDirectory, "log");
  return {
    take: () => cpSync(log, copy, { recursive: true }),
    putBack: () => {
      rmSync(log, { recursive: true });
      cpSync(copy, log, { recursive: true });
    },
  };
}

/** @param database of the server's log, in PostgreSQL */
export function copyOfDatabase(postgres: PostgresServer, database: string): LogCopy {
  const copy = async (from: string, to: string) => {
    await postgres.administer(async (connection) => {
      await connection.query(`DROP DATABASE IF EXISTS ${to} WITH (FORCE)`);
      await connection.query(`CREATE DATABASE ${to} TEMPLATE ${from}`);
    });
  };
  return { take: () => copy(database, "yesterday"), putBack: () => copy("yesterday", database) };
}

/** Makes of a forged answer one of a service of JSON. */
export const asJson = {
  document: (document) => ({ ...document, contentKind: "json" }),
  head: (head) => ({ ...head, headers: [...head.headers, ["content-type", "application/json"]] }),
} as const satisfies Changes;

/** What `sealway log lost --json` says. */
export interface Lost {
  readonly recovered: boolean;
  readonly discontinuities: readonly {
    readonly reason: string;
    readonly batches: { readonly lost: number; readonly kept: number };
    readonly servers: readonly {
      readonly server: string;
      readonly asked: boolean;
      readonly failure: string;
    }[];
    readonly exchanges: readonly {
      readonly exchange: string;
      readonly role: string;
      readonly peer: string;
      readonly outcome: string;
      readonly file: string | null;
      readonly package: string | null;
      readonly reason: string | null;
    }[];
  }[];
}

/** A country whose asking server loses the newest part of its log. */
export class LostLogScene {
  readonly country: SmallCountry;
  readonly #copy: LogCopy;

  constructor(country: SmallCountry, copy: LogCopy) {
    this.country = country;
    this.#copy = copy;
  }

  /** An exchange, by the id that the answer names. */
  async exchange(path = pathOf(services.open, "/x")): Promise<string> {
    return (await this.country.ask({ path })).header("Sealway-Exchange-Id")!;
  }

  /** Loses what is done by `act`, which its witnesses have seen. */
  async lose(act: () => Promise<void>): Promise<void> {
    const { asking, answering } = this.country;
    await this.exchange();
    await this.#witnessed();
    await asking.stop();
    await this.#copy.take();
    await asking.start();
    await act();
    await answering.gateway.sealNow();
    await this.#witnessed();
    await asking.stop();
    await this.#copy.putBack();
  }

  async #witnessed(): Promise<void> {
    const { gateway } = this.country.asking;
    await gateway.sealNow();
    const checkpoint = () => gateway.health().checkpoint as { size: number; cosignedSize: number };
    await until(() => checkpoint().size > 0 && checkpoint().cosignedSize === checkpoint().size);
  }

  /** Two officers sign that it is lost. */
  async declare(): Promise<void> {
    const { asking, clock } = this.country;
    const anna = await makeOfficer(this.country, asking, "anna");
    const boris = await makeOfficer(this.country, asking, "boris");
    await listOfficers(this.country, asking, [anna, boris]);
    const configuration = await loadServerConfiguration(asking.configurationFile);
    const { record } = await declareDiscontinuity(configuration, anna.files, "both disks failed", clock);
    await confirmDiscontinuity(configuration, boris.files, record, clock);
    // Witnesses judge the record by the newest configuration.
    await this.country.answering.restart();
    // What a peer recorded in the last minute it may not tell yet.
    clock.ahead += 2 * 60_000;
  }

  /** `sealway log lost`: exit code and what it wrote. */
  async lostCommand(
    t: Test,
    { json, of = this.country.asking }: { readonly json?: "--json"; readonly of?: CountryServer } = {},
  ): Promise<{ readonly code: number; readonly text: string }> {
    const written = t.capture(process.stdout, "write", () => true);
    try {
      const code = await lost(["--config", of.configurationFile, ...(json === undefined ? [] : [json])]);
      const lines = written().map(({ args }) => String(args[0]));
      return { code, text: lines.join("") };
    } finally {
      written.restore();
    }
  }

  async lost(t: Test): Promise<Lost> {
    return JSON.parse((await this.lostCommand(t, { json: "--json" })).text) as Lost;
  }

  /** The accounts of exchanges, as soon as they are as wanted. */
  async accounts(
    t: Test,
    areWanted: (lost: Lost["discontinuities"][number]) => boolean,
  ): Promise<Lost["discontinuities"][number]["exchanges"]> {
    let found: Lost["discontinuities"][number] | undefined;
    await until(async () => {
      found = (await this.lost(t)).discontinuities[0];
      return found !== undefined && areWanted(found);
    });
    return found!.exchanges;
  }
}
