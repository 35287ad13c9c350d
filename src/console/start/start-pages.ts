import { type Html, html } from "../../web/html.ts";
import { alarmTable, figures, readHealth, type ShownHealth, statusLine } from "../members/health-area.ts";
import { type PageRoute, page } from "../page-route.ts";
import { missingPart } from "../problem-page.ts";
import { routeOf } from "../route-of.ts";
import type { Visit } from "../visit.ts";
import { endingSoon } from "./ending-soon.ts";
import { trafficSection } from "./traffic-section.ts";
import { startWords } from "./words.ts";

const me = routeOf("GET /me");

export const startPages: readonly PageRoute[] = [
  {
    ...{ method: "GET", path: "/" },
    run: async (visit) => {
      const { roles } = (await visit.ask<{ readonly roles: readonly object[] }>(me)).body;
      const words = visit.words(startWords).start;
      const [health, traffic, soon] = await Promise.all([
        visit.may(readHealth) ? part(visit, healthSection) : null,
        visit.may(readHealth) ? part(visit, trafficSection) : null,
        part(visit, endingSoon),
      ]);
      return page(
        words.title,
        html`<p>${roles.length === 0 ? words.noRole : words.introduction}</p>
${health}${soon}${traffic}`,
      );
    },
  },
];

async function healthSection(visit: Visit): Promise<Html> {
  const health = (await visit.ask<ShownHealth>(readHealth)).body;
  return html`${statusLine(visit, health)}${alarmTable(visit, health)}${figures(visit, health)}`;
}

/** A server that does not answer is told, and no reason to show nothing else. */
async function part<Part>(visit: Visit, show: (visit: Visit) => Promise<Part>): Promise<Part | Html> {
  try {
    return await show(visit);
  } catch (error) {
    return missingPart(visit, error);
  }
}
