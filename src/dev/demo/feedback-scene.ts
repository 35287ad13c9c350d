import { parseServiceId } from "../../core/ids.ts";
import { subsystem } from "../country/members.ts";
import type { Scene } from "./scenes.ts";
import { jsonBody } from "./system-call.ts";

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
