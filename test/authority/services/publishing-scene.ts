import { Authority } from "../../../src/authority/authority.ts";
import type { RegistryDocument } from "../../../src/authority/registry-document.ts";
import { type ActWord, payloadOf, type ServiceAct } from "../../../src/catalogue/acts/service-act.ts";
import type { DescriptionDocument } from "../../../src/catalogue/description-document.ts";
import { sha256Base64Url } from "../../../src/core/bytes.ts";
import type { Identity } from "../../../src/dev/ca.ts";
import { startOcspResponder } from "../../../src/dev/ocsp-responder.ts";
import { signAct } from "../../../src/message/service-act-record.ts";
import type { StatementPayload } from "../../../src/message/signed-statement.ts";
import { keyOperation } from "../../../src/pki/private-key.ts";
import { SignerPool } from "../../../src/pki/signer.ts";
import { residence } from "../../catalogue/residence.ts";
import { newDirectory } from "../../new-directory.ts";
import { ManualSchedule } from "../../trust/manual-schedule.ts";
import { der, SampleCountry } from "../sample-registry.ts";

/** What a test registers for its end. */
interface Teardown {
  teardown(close: () => unknown): void;
}

export interface Answer {
  readonly status: number;
  readonly body: { readonly [name: string]: unknown };
}

/** What a test changes of an act. */
export type Changes = { readonly [name: string]: unknown };

/** An authority that takes acts, an OCSP responder, and the keys of its two members. */
export class PublishingScene {
  readonly country = new SampleCountry();
  readonly stateDir = newDirectory();
  readonly officers = [1, 2, 3].map((n) =>
    this.country.ca.issueSeal("DEV/GOV/10000001" as never, `Officer ${n}`),
  );
  authority!: Authority;
  ocsp!: Awaited<ReturnType<typeof startOcspResponder>>;
  readonly #heads = new Map<string, string>();
  readonly #t: Teardown;

  private constructor(t: Teardown) {
    this.#t = t;
  }

  static async start(t: Teardown): Promise<PublishingScene> {
    const scene = new PublishingScene(t);
    const { ca, clock } = scene.country;
    const authorities = [{ issuer: ca.issuing.certificate, signer: ca.issueOcspSigner() }];
    scene.ocsp = await startOcspResponder({ port: 0, clock, authorities });
    t.teardown(() => scene.ocsp.close());
    await scene.restart();
    return scene;
  }

  registry(): RegistryDocument {
    const registry = this.country.registry();
    const [server, ...others] = registry.servers;
    const officers = this.officers.slice(0, 2).map(der);
    const authorities = registry.certificationAuthorities.map((ca) => ({ ...ca, ocspUrls: [this.ocsp.url] }));
    return {
      ...registry,
      servers: [{ ...server!, officers }, ...others],
      certificationAuthorities: authorities,
    };
  }

  /** Starts it anew on a directory. */
  async restart(stateDir = this.stateDir, registry = this.registry()): Promise<void> {
    await this.authority?.close();
    this.authority = await Authority.start({
      ...{ registry, stateDir, host: "127.0.0.1", port: 0 },
      ...{ clock: this.country.clock, schedule: new ManualSchedule().schedule },
    });
    const { authority } = this;
    this.#t.teardown(() => authority.close());
  }

  /** An act on the sample service, as its provider would make it now. */
  act(word: ActWord, changes: Changes = {}, document: DescriptionDocument = residence): ServiceAct {
    const { id: service, version } = document;
    const description = sha256Base64Url(bytesOf(document));
    const previous = this.#heads.get(service) ?? null;
    const time = this.country.clock.now();
    return {
      word,
      instance: "DEV",
      time,
      service,
      version,
      description,
      previous,
      ...changes,
    } as unknown as ServiceAct;
  }

  async sign(act: ServiceAct, ...by: readonly Identity[]): Promise<Buffer> {
    const signers = by.length > 0 ? by : [this.country.populationSeal];
    const payload = payloadOf(act) as unknown as StatementPayload;
    return Buffer.concat(
      await Promise.all(signers.map((identity) => signAct(signerOf(identity), act.word, payload))),
    );
  }

  /** Sends what was signed. */
  async send(signed: Buffer, document?: DescriptionDocument, query = ""): Promise<Answer> {
    const description = document && bytesOf(document).toString("base64");
    return this.post(
      JSON.stringify({ act: signed.toString("latin1"), ...(description && { description }) }),
      query,
    );
  }

  async post(body: string, query = ""): Promise<Answer> {
    const answer = await fetch(`${this.authority.url}/services/acts${query}`, { method: "POST", body });
    return { status: answer.status, body: (await answer.json()) as Answer["body"] };
  }

  /** Makes, signs and sends an act; what is taken is the newest. */
  async do(word: ActWord, changes: Changes = {}, document: DescriptionDocument = residence): Promise<Answer> {
    const by = word === "observe" ? [this.country.populationSeal, ...this.officers.slice(0, 2)] : [];
    const signed = await this.sign(this.act(word, changes, document), ...by);
    const answer = await this.send(signed, word === "publish" ? document : undefined);
    if (answer.status === 201) this.#heads.set(document.id, answer.body.act as string);
    return answer;
  }
}

export function signerOf({ certificate, privateKey }: Identity): SignerPool {
  return new SignerPool(certificate, keyOperation(privateKey));
}

export function bytesOf(document: DescriptionDocument): Buffer {
  return Buffer.from(JSON.stringify(document));
}
