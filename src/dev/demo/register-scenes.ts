import { subsystem } from "../country/members.ts";
import { service } from "../country/services.ts";
import type { Cast } from "../registers/cast.ts";
import type { Scene } from "./scenes.ts";
import type { SystemAnswer } from "./system-call.ts";

const ok = { kind: "answer", status: 200 } as const;
const byOfficer = { decisionUse: "caseworker", method: "GET", notYetChecked: [] } as const;

/** What needs nobody's permission: a degree by law, the public register, counts. */
export function registerScenes(cast: Cast): readonly Scene[] {
  return [degreeByLaw(cast), ...companies(cast), ...counts()];
}

/** The path of the question whether somebody holds a bachelor's degree. */
export function degreePath({ parent }: Cast): string {
  return `/${parent}/held?level=bachelor`;
}

/** Yes or no, and on whose word. */
export function saysDegree({ text }: SystemAnswer): string {
  const { held, source, on } = JSON.parse(text);
  return `${held ? "yes" : "no"}, by the word of the ${source}, on ${on}`;
}

function degreeByLaw(cast: Cast): Scene {
  return {
    ...byOfficer,
    title: "An agency asks, by law, whether an applicant has a degree",
    scenario: 9,
    client: subsystem("services"),
    service: service("diplomas/holds-degree"),
    path: degreePath(cast),
    purpose: "recruitment",
    expected: ok,
    says: saysDegree,
  };
}

function companies({ published, boardWithheld, excluded }: Cast): Scene[] {
  const common = { ...byOfficer, scenario: 10, service: service("business/companies") };
  const dueDiligence = { client: subsystem("benefits"), purpose: "due-diligence" };
  return [
    {
      ...common,
      title: "The seat of a company, for a city",
      client: subsystem("services"),
      purpose: "public-register",
      path: `/${published}`,
      expected: ok,
      removed: ["/form", "/founded", "/activity", "/capitalCents", "/publication", "/board", "/withheld"],
      says: (answer) => `${JSON.parse(answer.text).name}; ${quotaLeft(answer)}`,
    },
    {
      ...common,
      ...dueDiligence,
      title: "A company whose board is not published",
      path: `/${boardWithheld}`,
      expected: ok,
      says: (answer) => {
        const { name, withheld } = JSON.parse(answer.text);
        return `${name}, without its ${withheld.join(", ")}; ${quotaLeft(answer)}`;
      },
    },
    {
      ...common,
      ...dueDiligence,
      title: "A company that must not be published",
      path: `/${excluded}`,
      expected: { kind: "answer", status: 451 },
      says: quotaLeft,
    },
  ];
}

/** Every answer tells it. @throws Error when this one does not */
function quotaLeft({ headers }: SystemAnswer): string {
  const { "ratelimit-remaining": left, "ratelimit-limit": limit, "ratelimit-reset": reset } = headers;
  if (left === undefined) throw new Error("nothing is told of the quota");
  return `${left} of ${limit} calls are left for ${reset} s`;
}

/** Of those born in this year, not every region has ten. */
const longAgo = 1940;

function counts(): Scene[] {
  const common = {
    ...{ method: "GET", notYetChecked: [], scenario: 12, client: subsystem("tax"), expected: ok },
    ...{ service: service("population/statistics"), purpose: "analytics", says: saysCounts },
  };
  return [
    { ...common, title: "How many people live where, about nobody", path: "/residents" },
    {
      ...common,
      title: `The same of those born in ${longAgo}, without numbers that are too small`,
      path: `/residents?bornIn=${longAgo}`,
      says: (answer) => {
        if (!answer.text.includes('"withheld":true')) throw new Error("no number is withheld");
        return saysCounts(answer);
      },
    },
  ];
}

/** How many were counted, and of how many regions no number is given. */
export function saysCounts({ text }: SystemAnswer): string {
  const { regions, threshold } = JSON.parse(text) as {
    readonly regions: readonly { readonly residents?: number }[];
    readonly threshold: number;
  };
  const counted = regions.flatMap(({ residents }) => residents ?? []);
  const sum = counted.reduce((all, one) => all + one, 0);
  const withheld = regions.length - counted.length;
  const fewer = withheld === 0 ? "" : `; fewer than ${threshold} in ${withheld} others: no number is given`;
  return `${sum} people in ${counted.length} regions${fewer}`;
}
