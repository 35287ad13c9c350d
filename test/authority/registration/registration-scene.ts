import { join } from "node:path";
import { type OpenedRegistryLog, openRegistryLog } from "../../../src/assembly/open-registry-log.ts";
import {
  decideRegistrationRequest,
  listRegistrationRequests,
  makeRegistrationRequest,
  sendRegistrationRequest,
  showRegistrationRequest,
} from "../../../src/assembly/registration.ts";
import { Authority } from "../../../src/authority/authority.ts";
import type { RegistryDocument } from "../../../src/authority/registry-document.ts";
import { SealwayError } from "../../../src/core/errors.ts";
import { type MemberId, parseMemberId, parseServerId } from "../../../src/core/ids.ts";
import type { Identity } from "../../../src/dev/ca.ts";
import { startOcspResponder } from "../../../src/dev/ocsp-responder.ts";
import type { Change } from "../../../src/message/registration/registration-change.ts";
import type { RegistrationRequest } from "../../../src/message/registration/registration-request.ts";
import type { ContextDocument } from "../../../src/messagelog/message-record.ts";
import { ConfigurationClient } from "../../../src/trust/configuration-client.ts";
import { newDirectory } from "../../new-directory.ts";
import { ManualSchedule } from "../../trust/manual-schedule.ts";
import { der, SampleCountry } from "../sample-registry.ts";
import { signerOf } from "../services/publishing-scene.ts";

/** What a test registers for its end. */
interface Teardown {
  teardown(close: () => unknown): void;
}

interface Decided {
  readonly request: RegistrationRequest;
  readonly sha256: string;
}

export const newMember = parseMemberId("DEV/GOV/10000009");
export const newServer = parseServerId("DEV/GOV/10000009/ss9");

/** An authority with a registry, three officers, and a newcomer with its keys. */
export class RegistrationScene {
  readonly country = new SampleCountry();
  readonly stateDir = newDirectory();
  readonly officers = [1, 2, 3].map((n) =>
    this.country.ca.issueSeal("DEV/GOV/10000001" as MemberId, `Officer ${n}`),
  );
  readonly seal = this.country.ca.issueSeal(newMember, "Newcomer");
  readonly tls = this.country.ca.issueTls(newServer, "Newcomer");
  authority!: Authority;
  ocsp!: Awaited<ReturnType<typeof startOcspResponder>>;
  /** Spread over what the registry says of registration. */
  rules: RegistryDocument["registration"] = {};
  disk: "ok" | "full" | "dies after writing" = "ok";
  readonly #t: Teardown;

  private constructor(t: Teardown) {
    this.#t = t;
  }

  static async start(t: Teardown, rules: RegistryDocument["registration"] = {}): Promise<RegistrationScene> {
    const scene = new RegistrationScene(t);
    scene.rules = rules;
    const { ca, clock } = scene.country;
    const authorities = [{ issuer: ca.issuing.certificate, signer: ca.issueOcspSigner() }];
    scene.ocsp = await startOcspResponder({ port: 0, clock, authorities });
    t.teardown(() => scene.ocsp.close());
    await scene.restart();
    return scene;
  }

  registry(): RegistryDocument {
    const registry = this.country.registry();
    return {
      ...registry,
      certificationAuthorities: registry.certificationAuthorities.map((ca) => ({
        ...ca,
        ocspUrls: [this.ocsp.url],
      })),
      registration: { officers: this.officers.map(der), ...this.rules },
    };
  }

  /** Starts the authority anew on its directory. */
  async restart(registry = this.registry()): Promise<void> {
    await this.authority?.close();
    const { clock } = this.country;
    this.authority = await Authority.start({
      ...{ registry, stateDir: this.stateDir, host: "127.0.0.1", port: 0, clock },
      schedule: new ManualSchedule().schedule,
      registryLog: async (index) => {
        const log = await openRegistryLog({ stateDirectory: join(this.stateDir, "registry") }, clock, index);
        return { ...log, keep: (document) => this.#keep(log, document) };
      },
    });
    const { authority } = this;
    this.#t.teardown(() => authority.close());
  }

  /** Fails as a disk does, before or after what is written is durable. */
  async #keep(log: OpenedRegistryLog, document: ContextDocument): Promise<void> {
    if (this.disk !== "full") await log.keep(document);
    if (this.disk !== "ok") throw new SealwayError("log_unavailable", "the disk");
  }

  make(...changes: readonly Change[]): RegistrationRequest {
    return makeRegistrationRequest(this.authority.anchor, changes, this.country.clock);
  }

  send(request: RegistrationRequest, ...by: readonly Identity[]) {
    return sendRegistrationRequest([this.authority.url], request, by.map(signerOf));
  }

  show(id: string) {
    return showRegistrationRequest([this.authority.url], id);
  }

  list(by: Identity, show: "open" | "all") {
    const query = { instance: "DEV", time: this.country.clock.now(), show };
    return listRegistrationRequests([this.authority.url], signerOf(by), query);
  }

  approve(taken: Decided, officer: number) {
    return this.approveAs(taken, this.officers[officer]!);
  }

  approveAs(taken: Decided, officer: Identity) {
    return this.#decide(taken, officer, { decision: "approve" });
  }

  withdraw(taken: Decided, by: Identity) {
    return this.#decide(taken, by, { decision: "withdraw" });
  }

  decline(taken: Decided, officer: number, reason: string) {
    return this.#decide(taken, this.officers[officer]!, { decision: "decline", reason });
  }

  #decide(
    { request, sha256 }: Decided,
    officer: Identity,
    said:
      | { readonly decision: "approve" | "withdraw" }
      | { readonly decision: "decline"; readonly reason: string },
  ) {
    const time = this.country.clock.now();
    return decideRegistrationRequest([this.authority.url], signerOf(officer), {
      ...{ instance: "DEV", time, request: request.id, sha256 },
      ...said,
    });
  }

  /** What the newcomer asks for first. */
  joining(): readonly Change[] {
    return [
      { kind: "member-add", member: newMember, name: "Newcomer" },
      { kind: "seal-add", member: newMember, certificate: der(this.seal).der, servers: [newServer] },
      { kind: "subsystem-add", subsystem: `${newMember}/desk` as never, name: "Desk" },
      {
        ...{ kind: "server-add", server: newServer, owner: newMember, wireVersions: [1] },
        ...{ addresses: [{ host: "127.0.0.1", port: 5509 }], contact: "newcomer@example.test" },
        tlsCertificates: [der(this.tls).der],
      },
      { kind: "client-add", client: `${newMember}/desk` as never, server: newServer },
    ];
  }

  /** What a server has that fetches the configuration now. */
  async fetched() {
    const { anchor, url } = this.authority;
    const place = { anchor, mirrors: [url], directory: newDirectory(), clock: this.country.clock };
    const client = await ConfigurationClient.start(place);
    const index = client.current();
    await client.close();
    return index;
  }
}
