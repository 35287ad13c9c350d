import { open, readFile, stat } from "node:fs/promises";
import { SealwayError } from "../../core/errors.ts";
import { type ClientId, memberOf, providerOf, type ServerId } from "../../core/ids.ts";
import { judgeAgreementSigner, judgeSideSeal, sideOf } from "../../exchange/builtin/judge-agreement-act.ts";
import type { GatewayServices } from "../../exchange/gateway-services.ts";
import { parseSignedAgreementAct } from "../../message/agreement-act-record.ts";
import { parseAgreementReceipt } from "../../message/agreement-receipt.ts";
import { type AgreementAct, parseAgreementAct } from "../../policy/agreements/agreement-act.ts";
import type { AgreementBook } from "../agreement-book.ts";
import type { LateCases } from "../casework-alarms.ts";
import {
  type HandOver,
  mostHandOverBytes,
  type Paper,
  parseHandOver,
  serializeHandOver,
} from "./hand-over.ts";
import { type LeftBehind, leftBehind } from "./left-behind.ts";
import type { MoveOrder, MoveReports } from "./move-orders.ts";

export interface MoveOfficeParts {
  readonly services: GatewayServices;
  readonly book: AgreementBook;
  readonly casework: { lists(): LateCases };
}

type OrderOf<Name extends MoveOrder["order"]> = Extract<MoveOrder, { order: Name }>;
type Desks = {
  readonly [Name in MoveOrder["order"]]: (order: OrderOf<Name>) => Promise<MoveReports[Name]>;
};

/** Lets a subsystem leave a server, and come to one, with the agreements that were made by acts. */
export class MoveOffice {
  readonly #parts: MoveOfficeParts;
  readonly #desks: Desks = {
    "move check": async ({ subsystem }) => ({ leftBehind: await this.#leftBehind(subsystem) }),
    "move hand-over": (order) => this.#handOver(order),
    "move adopt": ({ file }) => this.#adopt(file),
  };

  constructor(parts: MoveOfficeParts) {
    this.#parts = parts;
  }

  /** @throws SealwayError why it is not done */
  execute(order: MoveOrder): Promise<MoveReports[MoveOrder["order"]]> {
    return (this.#desks[order.order] as (order: MoveOrder) => Promise<never>)(order);
  }

  async #leftBehind(subsystem: ClientId): Promise<LeftBehind[]> {
    const { casework, services } = this.#parts;
    this.#checkServed(subsystem);
    return leftBehind(services, casework.lists(), subsystem);
  }

  #checkServed(subsystem: ClientId): void {
    const { self, trust } = this.#parts.services;
    if (trust().directory.serverOf(subsystem)?.id !== self)
      throw new SealwayError("client_not_served", `${subsystem} is not served here`);
  }

  async #handOver({
    file,
    subsystem,
    to,
  }: OrderOf<"move hand-over">): Promise<MoveReports["move hand-over"]> {
    const { clock, owner, seals, self, trust } = this.#parts.services;
    const inTheWay = await this.#leftBehind(subsystem);
    if (inTheWay.length > 0) {
      const all = inTheWay.map(({ count, what }) => `${count} ${what}`).join(", ");
      throw new SealwayError("left_behind", `${subsystem} has here: ${all}`);
    }
    const papers = await this.#papersOf(subsystem);
    const { instance } = trust().configuration.parameters;
    const payload = { instance, time: clock.now(), subsystem, from: self, to };
    const bytes = await serializeHandOver(seals.get(owner)!.signer, payload, papers);
    const handle = await open(file, "wx", 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return { papers: papers.length };
  }

  async #papersOf(subsystem: ClientId): Promise<Paper[]> {
    const { book } = this.#parts;
    await book.follow();
    const papers: Paper[] = [];
    for (const id of book.ledger.ids()) {
      const history = book.ledger.view(id);
      if (history === undefined || !isOf(subsystem, history)) continue;
      const { pending, settled } = book.ledger.acts(id);
      const statements = await Promise.all(
        [...settled, ...pending].map((sha256) => book.statementsOf(sha256)),
      );
      for (const { act, receipts } of statements) {
        for (const one of receipts) papers.push({ kind: "agreement-receipt", text: one.toString("latin1") });
        papers.push({ kind: "agreement-act", text: act.toString("latin1") });
      }
    }
    return papers;
  }

  async #adopt(file: string): Promise<MoveReports["move adopt"]> {
    if ((await stat(file)).size > mostHandOverBytes)
      throw new SealwayError("malformed_statement", "hand-over: the file is too long");
    const handOver = parseHandOver(await readFile(file));
    this.#judge(handOver);
    const { book } = this.#parts;
    const { subsystem } = handOver.payload;
    const acts = new Map<string, AgreementAct>();
    for (const { kind, text } of handOver.papers) {
      if (kind !== "agreement-act") continue;
      const { payload, certificate, sha256 } = parseSignedAgreementAct(Buffer.from(text, "latin1"));
      const act = parseAgreementAct(payload);
      if (!isOf(subsystem, act))
        throw new SealwayError("malformed_statement", "hand-over: an act of another's");
      judgeAgreementSigner(this.#parts.services, act, certificate);
      acts.set(sha256, act);
    }
    // All are judged before the first is kept: nothing is half adopted.
    for (const { kind, text } of handOver.papers) {
      if (kind === "agreement-receipt") this.#judgeReceipt(acts, Buffer.from(text, "latin1"));
    }
    for (const { kind, text } of handOver.papers) await book.papers.keep(kind, Buffer.from(text, "latin1"));
    await book.follow();
    return { subsystem, agreements: new Set([...acts.values()].map(({ agreement }) => agreement)).size };
  }

  /** The owner of the server from which it comes says so, about this server, with a seal that was good then. */
  #judge({ certificate, payload: { from, instance, subsystem, time, to } }: HandOver): void {
    const { clock, judge, self, trust } = this.#parts.services;
    const { configuration, directory } = trust();
    const old = directory.server(from);
    const served: ServerId | undefined = directory.serverOf(subsystem)?.id;
    if (instance !== configuration.parameters.instance || to !== self || old === undefined)
      throw new SealwayError("wrong_recipient", `the hand-over is for ${to}`);
    if (served !== from && served !== self)
      throw new SealwayError("unknown_member", `${subsystem} is served by neither of both servers`);
    if (time > clock.now() + 60_000) throw new SealwayError("act_not_fresh", "it was signed in the future");
    judgeSideSeal({ clock, judge, trust }, old.owner, certificate, time);
  }

  #judgeReceipt(acts: ReadonlyMap<string, AgreementAct>, bytes: Buffer): void {
    const { certificate, receipt } = parseAgreementReceipt(bytes);
    const act = acts.get(receipt.act);
    if (act === undefined)
      throw new SealwayError("malformed_statement", "hand-over: a receipt of none of the acts");
    judgeSideSeal(this.#parts.services, sideMember(act, receipt.by), certificate, receipt.time);
  }
}

function isOf(
  subsystem: ClientId,
  { consumer, service }: Pick<AgreementAct, "consumer" | "service">,
): boolean {
  return consumer === subsystem || providerOf(service) === subsystem;
}

function sideMember(act: AgreementAct, side: "consumer" | "provider") {
  return memberOf(sideOf(act, side));
}
