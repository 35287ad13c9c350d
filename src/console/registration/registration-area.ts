import type { Area } from "../page-route.ts";
import { listRequests, memberPages } from "./member-pages.ts";
import { queuePages } from "./queue-page.ts";
import { requestPages } from "./request-page.ts";
import { registrationWords } from "./words.ts";

/** What members ask the governing authority to register, and what its officers decide. */
export const registrationArea: Area = {
  path: "/registration",
  title: (visit) => visit.words(registrationWords).title,
  needs: [listRequests],
  pages: [...memberPages, ...queuePages, ...requestPages],
};
