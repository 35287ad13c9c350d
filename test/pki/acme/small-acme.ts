import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { systemClock } from "../../../src/core/clock.ts";
import { unsafeId } from "../../../src/core/ids.ts";
import { DevelopmentCa } from "../../../src/dev/ca.ts";
import { parseCertificate, writeCertificatesPem } from "../../../src/pki/certificate.ts";

/**
 * As little of a CA that speaks ACME as it takes to have a country's CA issue e-seals and certificates for servers, which
 * Pebble does not issue: it checks nothing, and knows every name already. The profile of an order is `seal` or `tls`.
 */
export class SmallAcme {
  /** PEM of the root of its HTTPS certificate. */
  readonly root: string;
  readonly #server: Server;
  readonly #caUrl: string;
  readonly #orders: { readonly profile: string; certificate?: string }[] = [];

  private constructor(caUrl: string) {
    const ca = new DevelopmentCa({ instance: "DEV", clock: systemClock, ocspUrl: "http://127.0.0.1:9/" });
    const { certificate, privateKey } = ca.issueTls(unsafeId("DEV/GOV/1/acme"), "ACME");
    const cert = writeCertificatesPem([certificate, ca.issuing.certificate]);
    const key = privateKey.export({ type: "pkcs8", format: "pem" });
    this.#caUrl = caUrl;
    this.root = writeCertificatesPem([ca.root.certificate]);
    this.#server = createServer({ cert, key }, (request, response) => void this.#respond(request, response));
  }

  /** @param caUrl of the country's CA */
  static async start(caUrl: string): Promise<SmallAcme> {
    const acme = new SmallAcme(caUrl);
    await once(acme.#server.listen(0, "127.0.0.1"), "listening");
    return acme;
  }

  get directory(): string {
    return this.#at("/dir");
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #at(path: string): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const [, what = "", number = ""] = request.url!.split("/");
    const { payload = "" } = JSON.parse(Buffer.concat(chunks).toString() || "{}") as { payload?: string };
    const asked = payload === "" ? {} : JSON.parse(Buffer.from(payload, "base64url").toString());
    const place = what === "order" && number === "" ? `/order/${this.#orders.length}` : "/account/1";
    response.setHeader("replay-nonce", "n").setHeader("location", this.#at(place));
    if (what === "order" && number === "") this.#orders.push({ profile: asked.profile });
    const order = this.#orders[Number(number)];
    if (what === "finalize") order!.certificate = await this.#certify(order!.profile, asked.csr);
    response.end(what === "certificate" ? order!.certificate : JSON.stringify(this.#shown(what, number)));
  }

  #shown(what: string, number: string): object {
    const [newNonce, newAccount, newOrder] = ["/nonce", "/account", "/order"].map((path) => this.#at(path));
    if (what === "dir") return { newNonce, newAccount, newOrder };
    const isIssued = this.#orders[Number(number)]?.certificate !== undefined;
    return {
      status: isIssued ? "valid" : "ready",
      ...{ authorizations: [], finalize: this.#at(`/finalize/${number}`) },
      certificate: this.#at(`/certificate/${number}`),
    };
  }

  async #certify(profile: string, csr: string): Promise<string> {
    const body = new Uint8Array(Buffer.from(csr, "base64url"));
    const answer = await fetch(new URL(`/certificates/${profile}`, this.#caUrl), { method: "POST", body });
    return writeCertificatesPem([parseCertificate(Buffer.from(await answer.arrayBuffer()))]);
  }
}
