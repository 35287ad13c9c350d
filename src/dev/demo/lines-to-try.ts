import { type ClientId, providerOf, type ServiceId } from "../../core/ids.ts";
import { consoleUrl, hasConsole } from "../country/consoles.ts";
import { type Country, type CountryServer, serverOf } from "../country/country.ts";
import { membersOn, subsystem } from "../country/members.ts";
import { descriptionsFolder, service } from "../country/services.ts";
import type { Cast } from "../registers/cast.ts";
import type { LineToTry } from "./event.ts";
import { formFile } from "./form-scene.ts";

/** What to do by hand while the country is up. @param evidence where the packages of the account are */
export function linesToTry(country: Country, cast: Cast, evidence: string): LineToTry[] {
  const ask = (what: string, client: ClientId, path: string, more = ""): LineToTry => {
    const url = `http://127.0.0.1:${serverOf(country, client).ports.consumer}${path}`;
    return { what, command: `curl -i -H 'X-Road-Client: ${client}' ${more}'${url}'` };
  };
  const call = (what: string, client: ClientId, id: ServiceId, path: string, more = ""): LineToTry =>
    ask(what, client, `/r1/${id}${path}`, more);
  const byOfficer = "-H 'Sealway-Decision-Use: caseworker' ";
  const benefits = subsystem("benefits");
  const [persons, companies] = [service("population/persons"), service("business/companies")];
  const { ports } = serverOf(country, providerOf(persons));
  const { configurationFile } = serverOf(country, benefits);
  const { ocsp, tsa } = country.ports.trust;
  return [
    portalLine(country),
    ...country.servers.filter(hasConsole).map(consoleLine),
    call("a pensioner's address", benefits, persons, `/persons/${cast.pensioner}`),
    call(
      "the same person for taxes: what is cut is another part",
      subsystem("tax"),
      persons,
      `/persons/${cast.pensioner}`,
      byOfficer,
    ),
    call("the family: no agreement covers that", benefits, persons, `/persons/${cast.parent}/family`),
    dryRun(country, benefits, { service: persons, method: "GET", path: "/persons/{code}/family" }),
    call("something that is no personal code: 404", benefits, persons, "/persons/10000000000"),
    call("the city asks about a company (RateLimit)", subsystem("services"), companies, `/${cast.published}`),
    call("a company that must not be published: 451", benefits, companies, `/${cast.excluded}`, byOfficer),
    ask(
      "what the city finds in the catalogue about income (all of it: /catalogue)",
      subsystem("services"),
      "/catalogue/search?q=income",
    ),
    call("a service that takes its time", benefits, service("population/echo"), "/slow?ms=2000"),
    {
      what: "a form that asks for what registers hold, held against the catalogue (your own form will do)",
      command: `npm run -s sealway -- services form-check --against ${descriptionsFolder} ${formFile}`,
    },
    {
      what: "what proves one of these, half a minute later (the id: Sealway-Exchange-Id in the answer)",
      command: `npm run -s sealway -- evidence --config ${configurationFile} EXCHANGE-ID`,
    },
    {
      what: "what the verifier says of exchange 1, finding by finding",
      command: `npm run -s sealway -- verify --anchor ${country.anchorFile} ${evidence}/1-consumer.zip`,
    },
    { what: "the health of a security server", command: `curl -s http://127.0.0.1:${ports.health}/health` },
    {
      what: "what the OCSP responder and the time-stamping authority can be told to do wrong (POST turns it)",
      command: `curl -s http://127.0.0.1:${ocsp}/knobs http://127.0.0.1:${tsa}/knobs`,
    },
  ];
}

function portalLine({ portalUrl }: Country): LineToTry {
  return {
    what: "in a browser, the citizens' portal: sign in as anybody, without a password, and see who asked for your data",
    command: `${portalUrl}/`,
  };
}

function consoleLine(server: CountryServer): LineToTry {
  return {
    what:
      `in a browser, the console of ${membersOn(server.plan)[0]!.name}'s server: sign in as its auditor, developer, ` +
      "approver or administrator, without a password (no browser knows the demonstration's CA: it warns)",
    command: `${consoleUrl(server)}/`,
  };
}

function dryRun(country: Country, client: ClientId, question: object): LineToTry {
  const url = `http://127.0.0.1:${serverOf(country, client).ports.consumer}/decisions`;
  const headers = `-H 'X-Road-Client: ${client}' -H 'Content-Type: application/json'`;
  return {
    what: "the same asked beforehand: why not, and who could mend it",
    command: `curl -s ${headers} -d '${JSON.stringify(question)}' ${url}`,
  };
}
