import type { Route } from "../api/route.ts";
import { demanded, list, orNull, time, whole } from "../api/shapes.ts";
import { timeText } from "./told-user.ts";

/** Hours that can be looked at, with the minutes of each part: as many parts as a plot has room for. */
const parts: Readonly<Record<string, number>> = { "1": 1, "6": 5, "24": 15 };

const count = { type: "integer" };
const text = { type: "string" };
const point = whole({
  ...{ time, answered: count, refused: count, failed: count },
  ...{ medianMs: orNull(count), slowMs: orNull(count) },
});
const code = whole({ code: text, role: { enum: ["consumer", "provider"] }, count });
const peer = whole({
  ...{ server: text, answered: count, refused: count, failed: count },
  ...{ last: time, lastFailure: orNull(time), lastFailureCode: orNull(text) },
});

export const trafficRoutes: readonly Route[] = [
  {
    ...{
      method: "GET",
      path: "/traffic",
      summary: "Exchanges of the last hours: how many, how fast, with whom",
    },
    ...{ allowed: ["administrator", "security-officer", "observer"], scope: "server" },
    ...{ audit: "none", personal: "none", people: 1 },
    query: demanded({ hours: { type: "string", enum: Object.keys(parts) } }),
    answer: whole({ stepMinutes: count, points: list(point), codes: list(code), peers: list(peer) }),
    run: async ({ services, query }) => {
      const { hours = "24" } = query;
      const stepMinutes = parts[hours]!;
      const { codes, peers, points } = await services.traffic.last(Number(hours), stepMinutes);
      return {
        body: {
          stepMinutes,
          codes: codes.map((one) => ({ ...one })),
          points: points.map(({ time: at, median, slow, ...counts }) => ({
            ...{ time: timeText(at), ...counts, medianMs: median, slowMs: slow },
          })),
          peers: peers.map(({ last, lastFailure, ...one }) => ({
            ...{ ...one, last: timeText(last) },
            lastFailure: lastFailure === null ? null : timeText(lastFailure),
          })),
        },
      };
    },
  },
];
