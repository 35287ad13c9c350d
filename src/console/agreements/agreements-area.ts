import type { Area } from "../page-route.ts";
import type { Visit } from "../visit.ts";
import { agreementPage } from "./agreement-page.ts";
import { listAgreements, listPage } from "./list-page.ts";
import { act } from "./possible-acts.ts";
import { requestPages } from "./request-pages.ts";
import { usePage } from "./use-page.ts";
import { agreementsWords } from "./words.ts";

/** Agreements: asked for, approved, suspended, read, counted. */
export const agreementsArea: Area = {
  path: "/agreements",
  title: (visit: Visit) => visit.words(agreementsWords).title,
  needs: [listAgreements],
  pages: [
    { method: "GET", path: "/agreements", run: listPage },
    { method: "GET", path: "/agreements/one", run: agreementPage },
    { method: "POST", path: "/agreements/acts/:word/:side", run: act, again: agreementPage },
    ...requestPages,
    { method: "GET", path: "/agreements/use", run: usePage },
  ],
};
