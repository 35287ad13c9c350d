import { parseServiceId } from "../../core/ids.ts";
import { subsystem } from "../country/members.ts";
import { service } from "../country/services.ts";
import type { Cast } from "../registers/cast.ts";
import type { Scene } from "./scenes.ts";
import { jsonBody } from "./system-call.ts";

/** A push: the sender discloses, and its own gateway decides what may be in the message. */
export function pushScene({ parent }: Cast): Scene {
  return {
    title: "A payment account that changed, pushed",
    scenario: 4,
    client: subsystem("tax"),
    service: service("benefits/account-changes"),
    method: "POST",
    path: "/account-changes",
    purpose: "payment",
    body: jsonBody({
      code: parent,
      account: "DV812245172060111742",
      since: "2026-12-01",
      request: "TR-2026-004711",
    }),
    expected: { kind: "answer", status: 202 },
    says: ({ text }) => `taken, receipt ${JSON.parse(text).reference}`,
    notYetChecked: ["the person's explicit request"],
  };
}

/** A doubt about what an earlier exchange brought, to whoever disclosed it. */
export function feedbackScene(exchangeId: string): Scene {
  const fields = ["/address/street", "/address/house"];
  return {
    title: "The address of the first exchange seems wrong",
    scenario: 7,
    client: subsystem("benefits"),
    service: parseServiceId(`${subsystem("population")}/sealway.feedback`),
    method: "POST",
    path: "/reports",
    body: jsonBody({ about: exchangeId, kind: "wrong", fields, text: "A letter came back." }),
    expected: { kind: "answer", status: 200 },
    says: ({ text }) => `to be answered by ${new Date(JSON.parse(text).due).toISOString().slice(0, 10)}`,
    notYetChecked: [],
  };
}
