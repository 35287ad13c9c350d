import { open, readFile, rm, stat } from "node:fs/promises";
import { sha256Base64Url } from "../../core/bytes.ts";
import { SealwayError } from "../../core/errors.ts";
import type { ClientId, ServerId } from "../../core/ids.ts";
import { InTurn } from "../../core/in-turn.ts";
import { judgeSideSeal } from "../../exchange/builtin/judge-agreement-act.ts";
import { emergenciesShown } from "../../exchange/emergencies/emergency-book.ts";
import { required } from "../../exchange/required.ts";
import type { LateCases } from "../casework-alarms.ts";
import { type AdoptionParts, adoptHandOver } from "./adopt-hand-over.ts";
import { adoptedHandOvers, originsTaken } from "./adopted-hand-overs.ts";
import { collectState } from "./collect-state.ts";
import { makeHandOver, readHandOver } from "./hand-over.ts";
import { type LeftBehind, leftBehind } from "./left-behind.ts";
import { type MoveInvitation, parseMoveInvitation } from "./move-invitation.ts";
import type { MoveOrder, MoveReports } from "./move-orders.ts";
import { papersOf } from "./moved-papers.ts";
import { sealState } from "./moved-state.ts";
import { OpenInvitations } from "./open-invitations.ts";

export interface MoveOfficeParts extends Omit<AdoptionParts, "invitations"> {
  readonly casework: { lists(): LateCases };
}

type OrderOf<Name extends MoveOrder["order"]> = Extract<MoveOrder, { order: Name }>;
type Desks = {
  readonly [Name in MoveOrder["order"]]: (order: OrderOf<Name>) => Promise<MoveReports[Name]>;
};

/** Longest file with an invitation, bytes. */
const mostInvitationBytes = 64 * 1024;

/** Lets a subsystem leave a server, and come to one, with what the other one needs to decide as this one does. */
export class MoveOffice {
  readonly #parts: MoveOfficeParts;
  readonly #invitations = new OpenInvitations();
  readonly #adoptions = new InTurn();
  readonly #desks: Desks = {
    "move check": async ({ subsystem }) => {
      this.#checkServed(subsystem, [this.#parts.services.self]);
      return { leftBehind: this.#leftBehind(subsystem) };
    },
    "move invite": (order) => this.#invite(order),
    "move hand-over": (order) => this.#handOver(order),
    "move adopt": ({ file }) => this.#adoptions.do(() => this.#adopt(file)),
  };

  constructor(parts: MoveOfficeParts) {
    this.#parts = parts;
  }

  /** @throws SealwayError why it is not done */
  execute(order: MoveOrder): Promise<MoveReports[MoveOrder["order"]]> {
    return (this.#desks[order.order] as (order: MoveOrder) => Promise<never>)(order);
  }

  #leftBehind(subsystem: ClientId): LeftBehind[] {
    const { casework, services } = this.#parts;
    const { clock, emergencies, restrictions } = services;
    const shown = emergenciesShown(emergencies.waiting(), restrictions, clock.now());
    return leftBehind(casework.lists(), shown, subsystem);
  }

  #checkServed(subsystem: ClientId, servers: readonly ServerId[]): void {
    const served = this.#parts.services.trust().directory.serverOf(subsystem)?.id;
    if (served === undefined || !servers.includes(served))
      throw new SealwayError("client_not_served", `${subsystem} is not served here`);
  }

  async #invite({ file, subsystem }: OrderOf<"move invite">): Promise<MoveReports["move invite"]> {
    const { services } = this.#parts;
    const from = await this.#serverBefore(subsystem);
    await writeNew(file, async () => [await this.#invitations.make(services, subsystem, from)]);
    return { from };
  }

  /** The one that serves a subsystem; once that is this one, where it came from last. */
  async #serverBefore(subsystem: ClientId): Promise<ServerId> {
    const { desk, services } = this.#parts;
    const served = services.trust().directory.serverOf(subsystem)?.id;
    const adopted = await adoptedHandOvers(desk, services.self, subsystem);
    const from = served === services.self ? adopted.at(-1)?.payload.from : served;
    if (from !== undefined) return from;
    throw new SealwayError("client_not_served", `no other server serves ${subsystem}, or did`);
  }

  /** Once more behind the move, too: what was done here since the first one goes along with it. */
  async #handOver({ file, invitation }: OrderOf<"move hand-over">): Promise<MoveReports["move hand-over"]> {
    const { book, desk, log, services } = this.#parts;
    const { clock, owner, seals, self, trust } = services;
    const { id, key, subsystem, to } = await this.#readInvitation(invitation);
    this.#checkServed(subsystem, [self, to]);
    const inTheWay = this.#leftBehind(subsystem);
    if (inTheWay.length > 0) {
      const all = inTheWay.map(({ count, what }) => `${count} ${what}`).join(", ");
      throw new SealwayError("left_behind", `${subsystem} has here: ${all}`);
    }
    const { instance } = trust().configuration.parameters;
    let [papers, permissions, statement] = [0, 0, ""];
    await writeNew(file, async () => {
      const taken = originsTaken(await adoptedHandOvers(desk, self, subsystem), self);
      const said = { instance, time: clock.now(), invitation: id, subsystem, from: self, to };
      const payload = { ...said, origins: [self, ...taken] };
      const [texts, state] = [
        await papersOf(book, subsystem),
        await collectState(this.#parts, subsystem, taken),
      ];
      [papers, permissions] = [texts.length, state.permissions];
      const carried = { papers: texts, sealed: await sealState(state.items, key) };
      const made = await makeHandOver(required(seals.get(owner)).signer, payload, carried);
      const { statement: bytes } = made;
      statement = bytes.toString("latin1");
      await log.keep({ kind: "hand-over", sha256: sha256Base64Url(bytes), bytes });
      return made.lines;
    });
    return { statement, subsystem, from: self, to, papers, permissions };
  }

  /** What is encrypted to it only the owner of the server that the authority names can read. */
  async #readInvitation(file: string): Promise<MoveInvitation> {
    const { services } = this.#parts;
    const { configuration, directory } = services.trust();
    const { certificate, payload } = parseMoveInvitation(await readInvitation(file));
    const { from, instance, time, to } = payload;
    const server = directory.server(to);
    if (instance !== configuration.parameters.instance || from !== services.self || server === undefined)
      throw new SealwayError("wrong_recipient", `the invitation is for ${from}`);
    if (time > services.clock.now() + 60_000)
      throw new SealwayError("act_not_fresh", "it was signed in the future");
    // By its seals of today, whenever it says that it was signed: who has a key that was given up could read all.
    judgeSideSeal(services, server.owner, certificate, services.clock.now());
    return payload;
  }

  async #adopt(file: string): Promise<MoveReports["move adopt"]> {
    const handOver = await readHandOver(file);
    return adoptHandOver({ ...this.#parts, invitations: this.#invitations }, handOver);
  }
}

async function readInvitation(file: string): Promise<Buffer> {
  if ((await stat(file)).size > mostInvitationBytes)
    throw new SealwayError("malformed_statement", "invitation: the file is too long");
  return readFile(file);
}

/** Leaves no file that is not whole. @throws Error of the file system when it is there already: nothing is made then */
async function writeNew(file: string, make: () => Promise<readonly (string | Buffer)[]>): Promise<void> {
  const handle = await open(file, "wx", 0o600);
  try {
    for (const part of await make()) await handle.writeFile(part);
    await handle.sync();
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}
