import { type Benefit, benefits, isEntitled } from "./entitlements.ts";
import { unknownPerson } from "./population-register.ts";
import { type Call, json, type Reply, refuse } from "./route.ts";
import { today } from "./today.ts";

/** GET /entitlements/{code}/today?benefit=…: yes or no, about one benefit or any. */
export function getEntitledToday({ source, parameters, query }: Call): Reply {
  const code = parameters.code!;
  const benefit = query.get("benefit") ?? undefined;
  if (!isBenefit(benefit)) return refuse(400, "unknown_benefit", `benefit is one of ${benefits.join(", ")}`);
  if (!source.country.positions.has(code)) return unknownPerson(code);
  const on = today(source.clock);
  return json({ entitled: isEntitled(source.country.entitlements.get(code) ?? [], on, benefit), on });
}

/** GET /entitlements/{code}: every decision, past ones included. */
export function getEntitlements({ source, parameters }: Call): Reply {
  const code = parameters.code!;
  if (!source.country.positions.has(code)) return unknownPerson(code);
  return json({ code, currency: "EUR", entitlements: source.country.entitlements.get(code) ?? [] });
}

function isBenefit(text: string | undefined): text is Benefit | undefined {
  return text === undefined || benefits.some((benefit) => benefit === text);
}
