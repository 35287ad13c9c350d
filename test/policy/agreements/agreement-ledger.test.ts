import fc from "fast-check";
import t from "tap";
import { asSealwayError } from "../../../src/core/errors.ts";
import { parseMemberId } from "../../../src/core/ids.ts";
import { type AgreementAct, termsDigest } from "../../../src/policy/agreements/agreement-act.ts";
import {
  AgreementLedger,
  type KeptAgreementAct,
  type KeptReceipt,
  type ServedSides,
} from "../../../src/policy/agreements/agreement-ledger.ts";
import { actOn, kept, now, terms } from "./acts.ts";

/*
 * Two gateways that hold one agreement: whatever they do, and in whatever order the messages between them arrive, they
 * come to hold the same, or an act counts on neither.
 */

/** One side, with what it keeps in the order in which it keeps it. */
class Side {
  readonly ledger: AgreementLedger;
  readonly log: (KeptAgreementAct | KeptReceipt)[] = [];
  readonly acts = new Map<string, KeptAgreementAct>();
  readonly side: ServedSides;

  constructor(side: ServedSides) {
    this.side = side;
    this.ledger = new AgreementLedger(() => side);
  }

  make(word: AgreementAct["act"], by: string, time: number): string | undefined {
    try {
      const act = kept(actOn(this.ledger.view("a"), word, { by, time }));
      this.ledger.check(act, "own");
      this.#keep(act);
      return undefined;
    } catch (error) {
      return asSealwayError(error).code;
    }
  }

  /** Takes an act of the other side. @returns the receipt, or why not */
  take(act: KeptAgreementAct): KeptReceipt | string {
    const by = this.side as "consumer" | "provider";
    const known = this.ledger.receiptsOf(act.sha256)[by];
    if (known !== undefined) return known;
    try {
      this.ledger.check(act, "of the other side");
    } catch (error) {
      return asSealwayError(error).code;
    }
    const receipt = receiptOf(act, by, "taken");
    this.noteReceipt(receipt);
    this.#keep(act);
    return receipt;
  }

  noteReceipt(receipt: KeptReceipt): void {
    this.log.push(receipt);
    this.ledger.noteReceipt(receipt);
  }

  #keep(act: KeptAgreementAct): void {
    this.acts.set(act.sha256, act);
    this.log.push(act);
    this.ledger.noteAct(act);
  }

  /** As after a restart: receipts first, then acts in the order of the log. */
  restarted(): AgreementLedger {
    const ledger = new AgreementLedger(() => this.side);
    for (const one of this.log)
      if (!("sha256" in one && typeof one.act !== "string")) ledger.noteReceipt(one as KeptReceipt);
    for (const one of this.log) if (typeof one.act !== "string") ledger.noteAct(one as KeptAgreementAct);
    return ledger;
  }
}

function receiptOf(
  { act, sha256 }: KeptAgreementAct,
  by: "consumer" | "provider",
  outcome: "taken" | "refused",
): KeptReceipt {
  const code = outcome === "taken" ? null : "act_out_of_order";
  return {
    act: sha256,
    agreement: act.agreement,
    by,
    outcome,
    code,
    time: now,
    sha256: `receipt of ${sha256} by ${by}`,
  };
}

/** One side tells the other what it has not been told. @param answer whether the answer arrives */
function deliver(from: Side, to: Side, answer: boolean): void {
  for (const sha256 of from.ledger.untold("a")) {
    const act = from.acts.get(sha256)!;
    const said = to.take(act);
    if (!answer) return;
    if (typeof said !== "string") {
      from.noteReceipt(said);
      continue;
    }
    // The provider's acts count whatever the consumer says; the consumer's, when the provider refuses them, nowhere.
    if (from.side === "consumer") {
      from.noteReceipt(receiptOf(act, "consumer", "refused"));
      catchUp(from, to);
    }
    return;
  }
}

/** The consumer asks for the acts that it lacks. */
function catchUp(consumer: Side, provider: Side): void {
  for (const sha256 of provider.ledger.acts("a").settled) {
    const receipt = provider.ledger.receiptsOf(sha256).provider;
    if (receipt !== undefined) consumer.noteReceipt(receipt);
    if (!consumer.ledger.acts("a").settled.includes(sha256)) consumer.take(provider.acts.get(sha256)!);
  }
}

const words = ["request", "approve", "decline", "change", "suspend", "resume", "end"] as const;
const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant("make" as const),
      word: fc.constantFrom(...words),
      by: fc.constantFrom("consumer", "provider"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant("tell" as const),
      from: fc.constantFrom("consumer", "provider"),
      answer: fc.boolean(),
    }),
  },
);

t.test("whatever both sides do, they come to hold the same, also after a restart", async (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 24 }), (steps) => {
      const sides = { consumer: new Side("consumer"), provider: new Side("provider") };
      for (const [i, one] of steps.entries()) {
        if (one.what === "tell") {
          const from = one.from as "consumer" | "provider";
          deliver(sides[from], sides[from === "consumer" ? "provider" : "consumer"], one.answer);
        } else {
          sides[one.by as "consumer" | "provider"].make(one.word, one.by, now + i);
        }
      }
      for (
        let i = 0;
        i < 50 && (sides.consumer.ledger.waiting.size > 0 || sides.provider.ledger.waiting.size > 0);
        i++
      ) {
        deliver(sides.provider, sides.consumer, true);
        deliver(sides.consumer, sides.provider, true);
      }
      const [one, other] = [sides.consumer, sides.provider].map(({ ledger }) => ledger);
      t.strictSame(one!.waiting.size + other!.waiting.size, 0, "nothing is left to be told");
      const held = (ledger: AgreementLedger) => ({ history: ledger.view("a"), acts: ledger.acts("a") });
      t.strictSame(held(one!), held(other!));
      t.strictSame(held(sides.consumer.restarted()), held(one!));
      t.strictSame(held(sides.provider.restarted()), held(other!));
    }),
    { numRuns: 300 },
  );
});

t.test(
  "of two acts at the same time the one that the provider took first counts, on both sides",
  async (t) => {
    const [consumer, provider] = [new Side("consumer"), new Side("provider")];
    consumer.make("request", "consumer", now);
    deliver(consumer, provider, true);
    provider.make("approve", "provider", now);
    deliver(provider, consumer, true);
    consumer.make("end", "consumer", now);
    provider.make("suspend", "provider", now);
    deliver(provider, consumer, true);
    t.equal(consumer.ledger.view("a")!.suspended.provider !== null, true);
    t.equal(
      consumer.ledger.view("a")!.state,
      "approved",
      "the consumer's end came too late: it is to be said anew",
    );
    t.strictSame(consumer.ledger.untold("a"), []);
    t.equal(consumer.make("end", "consumer", now + 1), undefined);
    deliver(consumer, provider, true);
    t.equal(provider.ledger.view("a")!.state, "ended");
  },
);

t.test("what the consumer suspends counts for its own calls before the provider knows", async (t) => {
  const [consumer, provider] = [new Side("consumer"), new Side("provider")];
  consumer.make("request", "consumer", now);
  deliver(consumer, provider, true);
  provider.make("approve", "provider", now);
  deliver(provider, consumer, true);
  consumer.make("suspend", "consumer", now);
  t.strictSame(consumer.ledger.agreements("a")[0]!.standing!.suspendedBy, ["consumer"]);
  t.strictSame(provider.ledger.agreements("a")[0]!.standing!.suspendedBy, []);
});

t.test("the deadline of the law runs from the first receipt, and no second one moves it", async (t) => {
  const [consumer, provider] = [new Side("consumer"), new Side("provider")];
  const byLaw = { provision: "Data Act", withinDays: 10 };
  const act = kept(actOn(undefined, "request", { byLaw }));
  consumer.ledger.noteAct(act);
  t.equal(consumer.ledger.view("a")!.proposal!.deadline, null, "it has not arrived");
  const receipt = provider.take(act) as KeptReceipt;
  consumer.noteReceipt(receipt);
  consumer.noteReceipt({ ...receipt, time: now + 1, sha256: "another" });
  const deadline = now + 10 * 86_400_000;
  t.equal(consumer.ledger.view("a")!.proposal!.deadline, deadline);
  t.equal(provider.ledger.view("a")!.proposal!.deadline, deadline);
});

t.test("a provider that says another act was first, after it handed one on, is not believed", async (t) => {
  const [consumer, provider] = [new Side("consumer"), new Side("provider")];
  consumer.make("request", "consumer", now);
  deliver(consumer, provider, true);
  provider.make("approve", "provider", now);
  deliver(provider, consumer, true);
  const rival = kept(actOn(provider.ledger.view("a"), "end", { by: "provider" }));
  const forked = kept(actOn(provider.ledger.view("a"), "suspend", { by: "provider" }));
  t.type(consumer.take(rival), "object");
  t.equal(consumer.take(forked), "act_out_of_order");
});

t.test("what a member has asked for is counted until it is answered", async (t) => {
  const provider = new Side("provider");
  const member = parseMemberId("DEV/GOV/10000003");
  provider.take(kept(actOn(undefined, "request")));
  t.equal(provider.ledger.openRequestsOf(member), 1);
  t.equal(provider.ledger.openRequestsOf(parseMemberId("DEV/GOV/1")), 0);
  provider.make("approve", "provider", now);
  t.equal(provider.ledger.openRequestsOf(member), 0);
  provider.make("change", "provider", now);
  t.equal(provider.ledger.openRequestsOf(member), 0, "what is in force is no request");
});

t.test("what a member asked for in vain is counted, however it ended", async (t) => {
  const provider = new Side("provider");
  const member = parseMemberId("DEV/GOV/10000003");
  for (const [id, last] of [
    ["b", "end"],
    ["c", "decline"],
    ["d", "approve"],
  ] as const) {
    const document = terms({ id });
    const about = { agreement: id, document, terms: termsDigest(document) };
    provider.take(kept(actOn(undefined, "request", about)));
    const changes = last === "approve" ? { agreement: id } : { agreement: id, by: "consumer" };
    provider.ledger.noteAct(kept(actOn(provider.ledger.view(id), last, changes)));
  }
  t.equal(provider.ledger.openRequestsOf(member), 0);
  t.equal(provider.ledger.vainRequestsOf(member), 2);
  t.equal(provider.ledger.vainRequestsOf(parseMemberId("DEV/GOV/1")), 0);
});
