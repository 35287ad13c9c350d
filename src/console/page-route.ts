import type { Route } from "../admin/api/route.ts";
import type { Html } from "../web/html.ts";
import type { Visit } from "./visit.ts";

/** What a page says; everything else is the same on all. */
export interface Content {
  readonly kind: "page";
  readonly title: string;
  readonly content: Html;
}

/** Where the browser goes next: an address of this site, or of the identity provider. */
export interface Redirect {
  readonly kind: "redirect";
  readonly to: string;
}

/** A file to be kept. */
export interface Download {
  readonly kind: "file";
  readonly type: string;
  readonly name: string;
  readonly bytes: Buffer;
}

export type PageAnswer = Content | Redirect | Download;

interface Addressed {
  /** As the server's router has it, `/users/:user`. */
  readonly path: string;
  /** Whoever is not signed in is asked to, unless a page is told to be anybody's. */
  readonly visitors?: "anybody";
}

/** One address of the console. */
export type PageRoute =
  | (Addressed & {
      readonly method: "GET";
      readonly run: (visit: Visit) => Promise<PageAnswer>;
    })
  | (Addressed & {
      /** A form, urlencoded, with the session's token. */
      readonly method: "POST";
      readonly run: (visit: Visit) => Promise<PageAnswer>;
      /** The page with the form: shown again, with what was refused and what was filled in. */
      readonly again: (visit: Visit) => Promise<Content>;
    });

/** Pages that belong together, with their entry in the navigation. */
export interface Area {
  readonly path: string;
  /** What the navigation calls it. */
  title(visit: Visit): string;
  /** It is shown to whoever may ask any of these. */
  readonly needs: readonly Route[];
  readonly pages: readonly PageRoute[];
}

export function page(title: string, content: Html): Content {
  return { kind: "page", title, content };
}

/** What a page says of an act that is done, in the words of every page. */
export type Done = "made" | "changed" | "ended" | "ordered" | "out";

/** @param to a path that the program made: nothing that a request says. @param done what the page there is to say first */
export function redirect(to: string, done?: Done): Redirect {
  return { kind: "redirect", to: done === undefined ? to : `${to}?done=${done}` };
}
