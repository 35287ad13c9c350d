import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { sha256Base64Url } from "../core/bytes.ts";
import { SealwayError } from "../core/errors.ts";
import { parseMultipartForm } from "../web/multipart-form.ts";
import { readSiteStyle } from "../web/site-style.ts";
import { layout } from "./layout.ts";
import { englishMessages } from "./load-languages.ts";
import { PageProblem } from "./page-problem.ts";
import type { Content, PageAnswer, PageRoute } from "./page-route.ts";
import { areas } from "./page-table.ts";
import { problemPage } from "./problem-page.ts";
import { type ConsoleServices, Visit } from "./visit.ts";

const mostCached = 31_536_000;

/** Adds the pages to the server of the management API, which does without them. */
export function addPages(app: FastifyInstance, services: ConsoleServices): void {
  const style = readSiteStyle(import.meta.dirname);
  const address = `/style-${sha256Base64Url(style).slice(0, 16)}.css`;
  app.get(address, (_request, reply) =>
    reply
      .header("cache-control", `public, max-age=${mostCached}, immutable`)
      .type("text/css; charset=utf-8")
      .send(style),
  );
  // Only pages take files; the management API refuses what is no JSON.
  app.addContentTypeParser(
    "multipart/form-data",
    { parseAs: "buffer" },
    (request: FastifyRequest, body: Buffer) =>
      parseMultipartForm(request.headers["content-type"] ?? "", body),
  );
  const words = JSON.stringify(englishMessages(), null, 2);
  app.get("/words.json", (_request, reply) => reply.type("application/json").send(words));
  const send = sender(address);
  for (const { pages } of areas)
    for (const page of pages)
      app.route({
        method: page.method,
        url: page.path,
        handler: (request, reply) => answerVisit(services, page, request, reply, send),
      });
  // What the server itself refuses is said to a browser as a page, too.
  app.addHook("onSend", async (request, reply, payload) => {
    const isProblem = String(reply.getHeader("content-type")).startsWith("application/problem+json");
    if (!isProblem || !wantsPage(request)) return payload;
    const visit = Visit.ofNobody(services, request, reply);
    visit.problem = new PageProblem(reply.statusCode, JSON.parse(String(payload)));
    reply.removeHeader("content-length");
    reply.removeHeader("www-authenticate");
    reply.type("text/html; charset=utf-8");
    return pageText(visit, address, problemPage(visit));
  });
}

type Send = (visit: Visit, reply: FastifyReply, answer: PageAnswer) => FastifyReply;

function sender(style: string): Send {
  return (visit, reply, answer) => {
    if (answer.kind === "redirect") return reply.redirect(answer.to, 303);
    if (answer.kind === "file")
      return reply
        .type(answer.type)
        .header("content-disposition", `attachment; filename="${answer.name}"`)
        .send(answer.bytes);
    reply.code(visit.problem?.status ?? 200).type("text/html; charset=utf-8");
    return reply.send(pageText(visit, style, answer));
  };
}

async function answerVisit(
  services: ConsoleServices,
  page: PageRoute,
  request: FastifyRequest,
  reply: FastifyReply,
  send: Send,
): Promise<FastifyReply> {
  let visit: Visit | undefined;
  try {
    visit = await Visit.begin(services, request, reply);
    if (page.visitors !== "anybody" && visit.caller === undefined)
      throw new SealwayError("sign_in_required", "nobody is signed in");
    return send(visit, reply, await page.run(visit));
  } catch (error) {
    visit ??= Visit.ofNobody(services, request, reply);
    visit.problem = refusedBy(error);
    const { log } = services.admin;
    log[visit.problem.status < 500 ? "info" : "warn"](
      { page: page.path, code: visit.problem.code },
      "refused",
    );
    return send(visit, reply, await afterRefusal(visit, page));
  }
}

/** A form that was refused is shown again; whoever is not signed in is asked to. */
async function afterRefusal(visit: Visit, page: PageRoute): Promise<PageAnswer> {
  const { caller, problem } = visit;
  if (problem?.code === "sign_in_required" && caller === undefined && page.method === "GET") {
    const to = new URLSearchParams({ to: visit.path });
    return { kind: "redirect", to: visit.path === "/" ? "/enter" : `/enter?${to}` };
  }
  if (page.method === "GET" || problem?.code === "form_not_ours") return problemPage(visit);
  try {
    return await page.again(visit);
  } catch (error) {
    refusedBy(error);
    return problemPage(visit);
  }
}

/** @throws what is no refusal: a failure of ours, which the server logs and answers */
function refusedBy(error: unknown): PageProblem {
  if (error instanceof SealwayError || error instanceof PageProblem) return PageProblem.of(error);
  throw error;
}

function pageText(visit: Visit, style: string, content: Content): string {
  const places = areas
    .filter(({ needs }) => needs.some((route) => visit.may(route)))
    .map((area) => ({ path: area.path, title: area.title(visit) }));
  return layout(visit, { style, places }, content).toString();
}

/** Whether a browser shows the answer to somebody, and no program reads it. */
function wantsPage({ headers, url }: FastifyRequest): boolean {
  return !url.startsWith("/api/") && (headers.accept ?? "").includes("text/html");
}
