import { type ClientId, providerOf, type ServiceId } from "../../core/ids.ts";
import { type Country, serverOf } from "../country/country.ts";
import { subsystem } from "../country/members.ts";
import { service } from "../country/services.ts";
import type { Cast } from "../registers/cast.ts";

/** A command line, and what it shows. */
export interface LineToTry {
  readonly what: string;
  readonly command: string;
}

/** Calls to make by hand while the country is up. */
export function linesToTry(country: Country, cast: Cast): LineToTry[] {
  const call = (what: string, client: ClientId, id: ServiceId, path: string): LineToTry => {
    const { ports } = serverOf(country, client);
    const url = `http://127.0.0.1:${ports.consumer}/r1/${id}${path}`;
    return { what, command: `curl -i -H 'X-Road-Client: ${client}' '${url}'` };
  };
  const benefits = subsystem("benefits");
  const persons = service("population/persons");
  const { ports } = serverOf(country, providerOf(persons));
  return [
    call(
      "a person and her family's codes: no agreement covers the family",
      benefits,
      persons,
      `/persons/${cast.parent}/family`,
    ),
    call("a pensioner", benefits, persons, `/persons/${cast.pensioner}`),
    call("somebody whom nobody knows", benefits, persons, "/persons/10000000000"),
    call(
      "a company that must not be published: 451",
      benefits,
      service("business/companies"),
      `/${cast.excluded}`,
    ),
    call(
      "the city may ask about companies, too",
      subsystem("services"),
      service("business/companies"),
      `/${cast.published}`,
    ),
    call("a service that takes its time", benefits, service("population/echo"), "/slow?ms=2000"),
    { what: "the health of a security server", command: `curl -s http://127.0.0.1:${ports.health}/health` },
    {
      what: "revocation, outages and slow trust services: their knobs",
      command: `curl -s http://127.0.0.1:${country.ports.trust.ocsp}/knobs http://127.0.0.1:${country.ports.trust.tsa}/knobs`,
    },
  ];
}
