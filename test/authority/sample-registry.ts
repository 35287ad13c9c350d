import type { RegistryDocument } from "../../src/authority/registry-document.ts";
import { parseMemberId, parseServerId } from "../../src/core/ids.ts";
import { DevelopmentCa, type Identity } from "../../src/dev/ca.ts";

/** A clock that tests move. */
export class MovableClock {
  time = Date.UTC(2026, 10, 22, 12);
  now(): number {
    return this.time;
  }
}

export const population = parseMemberId("DEV/GOV/10000001");
export const benefits = parseMemberId("DEV/GOV/10000003");
export const ss1 = parseServerId("DEV/GOV/10000001/ss1");
export const ss2 = parseServerId("DEV/GOV/10000003/ss2");

/** The certificates of a small country: two members, each with a server and a seal. */
export class SampleCountry {
  readonly clock = new MovableClock();
  readonly ca = new DevelopmentCa({
    instance: "DEV",
    clock: this.clock,
    ocspUrl: "http://127.0.0.1:8889/",
  });
  readonly populationSeal = this.ca.issueSeal(population, "Population Register");
  readonly benefitsSeal = this.ca.issueSeal(benefits, "Social Benefits Agency");
  readonly tls1 = this.ca.issueTls(ss1, "Population Register");
  readonly tls2 = this.ca.issueTls(ss2, "Social Benefits Agency");

  /** A registry that can be published; tests spread their changes over it. */
  registry(): Mutable<RegistryDocument> {
    const history = [{ state: "granted" as const, from: "2026-01-01T00:00:00Z" }];
    return {
      v: 1,
      instance: "DEV",
      purpose: "demonstration",
      parameters: { ocspFreshnessSeconds: 28_800, timestampMaxLagSeconds: 43_200 },
      members: [
        member(population, "Population Register", "population"),
        member(benefits, "Social Benefits Agency", "benefits"),
      ],
      servers: [
        server(ss1, population, this.tls1, [population, `${population}/population`]),
        server(ss2, benefits, this.tls2, [`${benefits}/benefits`]),
      ],
      seals: [
        { member: population, certificate: der(this.populationSeal), servers: [ss1], history },
        { member: benefits, certificate: der(this.benefitsSeal), servers: [ss2], history },
      ],
      certificationAuthorities: [
        {
          name: "Issuing CA",
          certificate: der(this.ca.issuing),
          ocspUrls: ["http://127.0.0.1:8889/"],
          history,
        },
      ],
      timestampingAuthorities: [
        {
          name: "TSA",
          url: "http://127.0.0.1:8899/",
          certificate: der(this.ca.issuing),
          policies: ["1.3.6.1.4.1.4146.2.3"],
          history,
        },
      ],
    };
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export function der({ certificate }: Identity): { der: string } {
  return { der: certificate.der.toString("base64") };
}

function member(id: string, name: string, subsystem: string) {
  return { id, name, subsystems: [{ id: `${id}/${subsystem}`, name: subsystem }] };
}

function server(id: string, owner: string, tls: Identity, clients: string[]) {
  return {
    id,
    owner,
    addresses: [{ host: "127.0.0.1", port: 5500 }],
    tlsCertificates: [der(tls)],
    clients,
    wireVersions: [1],
    contact: "operator@example.test",
  };
}
