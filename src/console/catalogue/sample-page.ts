import { SealwayError } from "../../core/errors.ts";
import { html } from "../../web/html.ts";
import { searchForm } from "../form.ts";
import { type Content, page } from "../page-route.ts";
import type { Visit } from "../visit.ts";
import { fill } from "../words/word-book.ts";
import { clientOptions, clientsOf } from "./clients.ts";
import { sampleCall } from "./samples/sample-call.ts";
import { sampleCode } from "./samples/sample-code.ts";
import { serviceAddress } from "./search-page.ts";
import { serviceIn } from "./service-in.ts";
import { textIn } from "./text-in.ts";
import { catalogueWords } from "./words.ts";

const languages = ["curl", "typescript", "python", "java"] as const;
/** Where no port is configured. */
const somewhere = "http://security-server.example:8080";

/** Programs that call an endpoint of a service. */
export async function samplePage(visit: Visit): Promise<Content> {
  const service = await serviceIn(visit);
  const words = visit.words(catalogueWords).sample;
  const { endpoints } = service.description;
  const number = visit.query.get("endpoint") ?? "0";
  const endpoint = /^\d{1,3}$/.test(number) ? endpoints[Number(number)] : undefined;
  if (endpoint === undefined) throw new SealwayError("nothing_here", "the service has no such endpoint");
  const asking = await clientsOf(visit);
  const client = asking.clients.find(({ id }) => id === visit.query.get("client")) ?? asking.clients[0];
  const { authentication = "http", id = "INSTANCE/CLASS/MEMBER/SUBSYSTEM" } = client ?? {};
  const call = sampleCall(service, endpoint, { id, authentication, address: asking.address ?? somewhere });
  const hint = { token: words.token, certificate: words.certificate }[authentication as "token"];
  return page(
    fill(words.title, { endpoint: `${endpoint.method} ${endpoint.path}` }),
    html`<p><a href="${serviceAddress(service.id, service.version)}">${textIn(visit, service.title)}</a></p>
${searchForm(visit, {
  action: "/catalogue/samples",
  submit: words.show,
  fields: [
    { kind: "hidden", name: "service", value: service.id },
    { kind: "hidden", name: "version", value: service.version },
    {
      ...{ kind: "choice", name: "endpoint", label: words.of, value: number },
      options: endpoints.map(({ method, path }, i) => [String(i), `${method} ${path}`] as const),
    },
    { kind: "choice", name: "client", label: words.client, options: clientOptions(asking) },
  ],
})}
<p>${client === undefined ? words.none : words.where}</p>
${hint === undefined ? null : html`<p>${hint}</p>`}
${languages.map(
  (language) => html`<h2>${words[language]}</h2>
<pre>${sampleCode[language](call)}</pre>
`,
)}`,
  );
}
