import { incomeMonths } from "./calendar.ts";
import { type Income, incomesOf } from "./incomes.ts";
import { unknownPerson } from "./population-register.ts";
import { type Call, json, type Reply, refuse } from "./route.ts";
import { parseWhole } from "./whole-number.ts";

const yearAndMonth = /^\d{4}-(?:0[1-9]|1[0-2])$/;
const mostCents = 1_000_000_000;

/** GET /income/{code}?from=YYYY-MM&to=YYYY-MM; the period is inclusive, and all that is kept by default. */
export function getIncome(call: Call): Reply {
  return withWages(call, ({ from, to, totalCents, months }) => {
    return json({ code: call.parameters.code, from, to, currency: "EUR", totalCents, months });
  });
}

/** GET /income-below/{code}?cents=…&from=YYYY-MM&to=YYYY-MM: whether all wages of the period stay below a sum. */
export function getIncomeBelow(call: Call): Reply {
  const cents = parseWhole(call.query.get("cents") ?? "", 0, mostCents);
  if (cents === undefined) return refuse(400, "bad_sum", "cents is a whole number up to 1,000,000,000");
  return withWages(call, ({ from, to, totalCents }) => json({ below: totalCents < cents, from, to }));
}

interface Wages {
  readonly from: string;
  readonly to: string;
  readonly totalCents: number;
  readonly months: readonly Income[];
}

/** Answers about the wages that the call asks for. */
function withWages({ source, parameters, query }: Call, answer: (wages: Wages) => Reply): Reply {
  const { positions, incomes, companies } = source.country;
  const position = positions.get(parameters.code!);
  const from = query.get("from") ?? incomeMonths[0]!;
  const to = query.get("to") ?? incomeMonths.at(-1)!;
  if (!yearAndMonth.test(from) || !yearAndMonth.test(to) || from > to) {
    return refuse(400, "bad_period", "from and to are months, YYYY-MM, and from is not after to");
  }
  if (position === undefined) return unknownPerson(parameters.code!);
  const months = incomesOf(incomes, companies, position, from, to);
  const totalCents = months.reduce((sum, month) => sum + month.grossCents, 0);
  return answer({ from, to, totalCents, months });
}

/** GET /accounts/{code} */
export function getPaymentAccount({ source, parameters }: Call): Reply {
  const { positions, accounts } = source.country;
  const code = parameters.code!;
  if (!positions.has(code)) return unknownPerson(code);
  const account = accounts.get(code);
  if (account === undefined) return refuse(404, "no_account", "this person has named no payment account");
  return json({ code, ...account });
}
