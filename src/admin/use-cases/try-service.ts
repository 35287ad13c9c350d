import { SealwayError } from "../../core/errors.ts";
import { type ClientId, memberOf, parseClientId, unsafeId } from "../../core/ids.ts";
import type { Asked, Route } from "../api/route.ts";
import { client, demanded, identifier, line, list, orNull, service, whole } from "../api/shapes.ts";
import { find } from "./catalogue.ts";
import { orderedFor } from "./ordered-for.ts";
import { checkOwn, ownReach } from "./server.ts";

const text = { type: "string" };
/** Characters of a form: the server takes no more. */
const mostForm = 262_144;

export const tryRoutes: readonly Route[] = [
  {
    ...{ method: "GET", path: "/clients", summary: "Subsystems in whose name the caller may ask, and where" },
    ...{ allowed: "signed-in", scope: "members", audit: "none", personal: "none", people: 1 },
    answer: whole({
      clients: list(whole({ id: text, authentication: text })),
      address: orNull(text),
    }),
    run: async ({ services, reach }) => {
      const { members } = ownReach({ services }, reach);
      const own = services.clients.filter(({ id }) => members.has(memberOf(unsafeId<ClientId>(id))));
      return { body: { clients: own.map((one) => ({ ...one })), address: services.callAddress } };
    },
  },
  {
    ...{
      method: "POST",
      path: "/catalogue/decisions",
      summary: "Whether a call would be permitted, and why",
    },
    ...{ allowed: ["service-developer", "approver"], scope: "members", audit: "before", personal: "none" },
    ...{ people: 1, answer: { type: "object" } },
    body: demanded(
      {
        ...{ client, service, method: { type: "string", pattern: "^[A-Z]{1,20}$" } },
        ...{ path: { type: "string", maxLength: 1024, pattern: "^/[!-~]*$" } },
        ...{ purpose: identifier, decisionUse: identifier },
      },
      ["client", "service", "method", "path"],
    ),
    run: decide,
  },
  {
    ...{
      method: "POST",
      path: "/catalogue/form-checks",
      summary: "What a form asks for that a register holds",
    },
    ...{ allowed: ["service-developer", "approver"], scope: "members", audit: "before", personal: "none" },
    ...{ people: 1, answer: { type: "object" } },
    body: demanded(
      {
        ...{ client, name: { ...line, maxLength: 200 } },
        contentType: { type: "string", enum: ["application/json", "application/yaml", "text/csv"] },
        form: { type: "string", minLength: 1, maxLength: mostForm },
      },
      ["client", "contentType", "form"],
    ),
    run: checkForm,
  },
];

/** Nobody is named: the endpoint is one of the description's, with its parameters in braces. */
async function decide(asked: Asked) {
  const { body, services } = asked;
  const asking = ownClient(asked);
  const { service: of, method, path, purpose, decisionUse } = body as Readonly<Record<string, string>>;
  const { description } = await find(asked);
  if (!description.endpoints.some((one) => one.method === method && one.path === path))
    throw new SealwayError("invalid_parameter", "method and path must be those of an endpoint as described");
  const about = [`service ${of}`, `dry run ${method} ${path}`, `client ${asking}`];
  await orderedFor(asked, memberOf(asking), about);
  const stated = {
    ...(purpose !== undefined && { purpose }),
    ...(decisionUse !== undefined && { decisionUse }),
  };
  const question = { client: asking, service: of!, method: method!, path: path!, ...stated };
  return { body: await services.catalogue.decide(question) };
}

async function checkForm(asked: Asked) {
  const { body, services } = asked;
  const asking = ownClient(asked);
  const { name, contentType, form } = body as Readonly<Record<string, string>>;
  const about = [`form ${name ?? "without a name"}`, `client ${asking}`];
  await orderedFor(asked, memberOf(asking), about);
  const handedIn = {
    client: asking,
    contentType: contentType!,
    form: form!,
    ...(name !== undefined && { name }),
  };
  return { body: await services.catalogue.checkForm(handedIn) };
}

/** In whose name something is asked: one of the caller's members, and not one that is only hosted. */
function ownClient(asked: Asked): ClientId {
  const named = parseClientId(String(asked.body.client));
  checkOwn(asked, memberOf(named));
  if (!asked.services.clients.some(({ id }) => id === named))
    throw new SealwayError("nothing_here", "no such subsystem of the caller's members");
  return named;
}
