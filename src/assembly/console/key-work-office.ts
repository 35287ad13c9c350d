import { readFile } from "node:fs/promises";
import type { CertifiedFacts, CertifiedKey, KeyRequest } from "../../admin/key-desk.ts";
import type { Json } from "../../core/canonical-json.ts";
import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import { parseMemberId } from "../../core/ids.ts";
import { enrol } from "../keys/enrol.ts";
import { type CompromiseReport, handleCompromise } from "../keys/handle-compromise.ts";
import { type Imported, importCertificate } from "../keys/import-certificate.ts";
import type { HeldKey } from "../keys/key-folder.ts";
import { slotOf } from "../keys/keys-in-use.ts";
import { checkHolder, makeKey, makeRequest, nameRulesOf, organizationOf } from "../keys/make-key.ts";
import { registerHeldKey } from "../keys/register-key.ts";
import { readTrust } from "../read-trust.ts";
import { readPassphrase } from "../secrets.ts";
import type { ServerConfiguration } from "../server-configuration.ts";
import { heldKey } from "./held-key.ts";
import type { KeyWorkOrder, KeyWorkReports } from "./key-work-orders.ts";

type OrderOf<Name extends KeyWorkOrder["order"]> = Extract<KeyWorkOrder, { order: Name }>;
type Works = {
  readonly [Name in KeyWorkOrder["order"]]: (order: OrderOf<Name>) => Promise<KeyWorkReports[Name]>;
};

/** Does in the running server what `sealway keys` does: the console that orders it has no passphrase. */
export class KeyWorkOffice {
  readonly #configuration: ServerConfiguration;
  readonly #clock: Clock;
  readonly #works: Works = {
    "key make": (order) => this.#make(order),
    "key request": async ({ slot, name, facts }) => this.#requested(await this.#held(slot, name), facts),
    "key import": async ({ slot, name, certificate }) => {
      const held = await this.#held(slot, name);
      const isMeant = (key: HeldKey) => key.name === held.name;
      return certified(
        await importCertificate(this.#configuration, Buffer.from(certificate), this.#clock, isMeant),
      );
    },
    "key enrol": async ({ slot, name }) => {
      const key = name === undefined ? undefined : (await this.#held(slot, name)).name;
      return certified(await enrol(this.#configuration, { ...this.#holder(slot), key }, this.#clock));
    },
    "key register": async ({ slot, name }) => {
      const { name: key } = await this.#held(slot, name);
      const { request, state } = await registerHeldKey(this.#configuration, key, this.#clock);
      return { request: request.id, state };
    },
    "key compromised": async ({ fingerprint, from }) =>
      toldReport(await handleCompromise(this.#configuration, { key: fingerprint, from }, this.#clock)),
  };

  constructor(configuration: ServerConfiguration, clock: Clock) {
    this.#configuration = configuration;
    this.#clock = clock;
  }

  /** @throws SealwayError why it is not done */
  execute(order: KeyWorkOrder): Promise<KeyWorkReports[KeyWorkOrder["order"]]> {
    return (this.#works[order.order] as (order: KeyWorkOrder) => Promise<never>)(order);
  }

  async #make({ slot, algorithm, facts }: OrderOf<"key make">): Promise<KeyRequest> {
    const { use, of } = this.#holder(slot);
    const bench = await this.#bench();
    const named = this.#facts(bench.index, of, facts);
    const { name, files } = await makeKey(bench, { use, of, algorithm, ...named });
    return { slot, name, request: await readFile(files.request, "utf8") };
  }

  async #requested(key: HeldKey, facts: CertifiedFacts): Promise<KeyRequest> {
    const bench = await this.#bench();
    await makeRequest(bench, key, this.#facts(bench.index, key.of, facts));
    const { name, files } = key;
    const slot = slotOf(key.use === "seal" ? key.of : undefined);
    return { slot, name, request: await readFile(files.request, "utf8") };
  }

  #facts(
    index: Parameters<typeof organizationOf>[0],
    of: HeldKey["of"],
    { organization = organizationOf(index, of), ...facts }: CertifiedFacts,
  ) {
    if (organization === undefined)
      throw new SealwayError("bad_request", `no registered name of ${of} is known: say the organization`);
    return { ...facts, organization, server: this.#configuration.server };
  }

  #holder(slot: string): Pick<HeldKey, "use" | "of"> {
    const { server } = this.#configuration;
    if (slot === slotOf(undefined)) return { use: "tls", of: server };
    const of = parseMemberId(slot.slice(slotOf("").length));
    checkHolder("seal", of, server);
    return { use: "seal", of };
  }

  async #held(slot: string, name: string): Promise<HeldKey> {
    const key = await heldKey(this.#configuration, slot, name);
    if (key !== undefined) return key;
    throw new SealwayError("bad_request", `no key ${name} of ${slot} was made here`);
  }

  async #bench() {
    const { keysDirectory, passphraseFile } = this.#configuration;
    const index = await readTrust(this.#configuration, this.#clock);
    const passphrase = await readPassphrase(passphraseFile);
    return { keysDirectory, passphrase, rules: nameRulesOf(index), clock: this.#clock, index };
  }
}

function certified(done: Imported): CertifiedKey {
  if (done.kind === "refused") return done;
  return { kind: "imported", name: done.key.name, ends: new Date(done.certificate.notAfter).toISOString() };
}

/** Exchanges are counted: which they were, an auditor finds in the log. */
function toldReport({ concerned, ...report }: CompromiseReport): Json {
  const { exchanges, members, persons } = concerned;
  const counted = { exchanges: exchanges.length, members: Object.fromEntries(members), persons };
  return JSON.parse(JSON.stringify({ ...report, concerned: counted })) as Json;
}
