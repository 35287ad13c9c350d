import type { Area } from "../page-route.ts";
import { casePages, listInquiries } from "./case-pages.ts";
import { listPermissions, permissionPages } from "./permission-pages.ts";
import { restrictionPages } from "./restriction-pages.ts";
import { rightsWords } from "./words.ts";

export const permissionsArea: Area = {
  path: "/permissions",
  title: (visit) => visit.words(rightsWords).permissions.title,
  needs: [listPermissions],
  pages: permissionPages,
};

/** Restrictions stand in no navigation: few have any. */
export const casesArea: Area = {
  path: "/cases",
  title: (visit) => visit.words(rightsWords).cases.title,
  needs: [listInquiries],
  pages: [...casePages, ...restrictionPages],
};
