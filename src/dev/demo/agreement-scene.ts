import type { AgreementReports, MadeAct } from "../../assembly/agreement-orders.ts";
import { orderAgreement } from "../../assembly/order-agreement.ts";
import type { Clock } from "../../core/clock.ts";
import type { ClientId } from "../../core/ids.ts";
import { agreementDocument } from "../country/agreements.ts";
import { serverOf } from "../country/country.ts";
import { subsystem } from "../country/members.ts";
import { service } from "../country/services.ts";
import type { RunningCountry } from "../country/start-country.ts";
import type { ActAccount, Played } from "./event.ts";
import { partyOf, playScene } from "./play-scene.ts";
import { saysCounts } from "./register-scenes.ts";
import type { Scene } from "./scenes.ts";

const [association, register] = [subsystem("intake"), subsystem("population")] as const;
const id = "intake-statistics";

/** What whoever asks for data answers about itself: `schemas/agreement/questionnaire-v1.json`. */
const answers = {
  questionnaire: "access-to-data",
  version: 1,
  answers: {
    task: "Planning where food and shelter are needed, by the number of people in each region.",
    "own-task": true,
    "task-provision": "Charities Act, section 12",
    "personal-data": "none",
    "kept-for-days": 365,
    automated: false,
    "passed-on": false,
    "every-field-needed": true,
    "yes-or-no-considered": true,
  },
};

/**
 * An agreement made by the two parties' signed acts: refused without it, asked for, approved, used.
 * @param first number of its first step
 * @throws Error when a server does not take an order
 */
export async function* playAgreement(
  running: RunningCountry,
  clock: Clock,
  first: number,
): AsyncGenerator<Played> {
  const at = (client: ClientId) => serverOf(running.country, client);
  const act = (client: ClientId, number: number, title: string, made: MadeAct, wanted: string) =>
    told(partyOf(client, client, at(client)), number, title, made, wanted);
  const refused = { kind: "signed", code: "access_denied" } as const;
  yield await playScene(running, count("An association asks without an agreement", refused), first);
  const requested: AgreementReports["agreement request"] = await orderAgreement(at(association), {
    order: "agreement request",
    document: base64(terms(clock.now())),
    answers: base64(answers),
  });
  yield act(association, first + 1, "It asks for one, and says what for", requested, "requested");
  const approved = await orderAgreement(at(register), {
    ...{ order: "agreement act", word: "approve", agreement: id, states: {} },
  });
  yield act(register, first + 2, "The register approves it", approved, "approved");
  yield await playScene(
    running,
    count("The association counts, by the agreement", { kind: "answer", status: 200 }),
    first + 3,
  );
}

function terms(now: number): object {
  return agreementDocument(
    {
      ...{ id, consumer: association, service: service("population/statistics"), purpose: "analytics" },
      ...{ endpoints: [{ method: "GET", path: "/residents" }], more: {} },
    },
    now,
  );
}

function count(title: string, expected: Scene["expected"]): Scene {
  return {
    ...{ title, scenario: null, client: association, service: service("population/statistics") },
    ...{ method: "GET", path: "/residents", purpose: "analytics", expected, notYetChecked: [] },
    says: saysCounts,
  };
}

function told(
  by: ActAccount["by"],
  number: number,
  title: string,
  { agreement, delivered, state }: MadeAct,
  wanted: string,
): ActAccount {
  const did = [`signed by its seal: ${agreement}`, `the other side: ${delivered.outcome}`];
  return {
    ...{ event: "act", number, title, scenario: null, by, did, exchangeId: null },
    says: state,
    asExpected: state === wanted && delivered.outcome === "taken",
  };
}

function base64(document: object): string {
  return Buffer.from(JSON.stringify(document)).toString("base64");
}
