import type { Field } from "../form.ts";
import type { Visit } from "../visit.ts";
import { membersWords } from "./words.ts";

/** What goes into the request for a certificate beside the identifier. */
export function factFields(visit: Visit): readonly Field[] {
  const words = visit.words(membersWords).make;
  const optional = { kind: "text", need: "optional" } as const;
  return [
    { ...optional, name: "organization", label: words.organization, hint: words.organizationHint },
    { ...optional, name: "country", label: words.country },
    { ...optional, name: "dnsNames", label: words.dns, hint: words.dnsHint },
    { ...optional, name: "ipAddresses", label: words.ip, hint: words.dnsHint },
  ];
}

/** The same as the API takes them. */
export function factsOf(visit: Visit): object {
  const list = (name: string) => visit.field(name).split(/\s+/).filter(Boolean);
  const [dnsNames, ipAddresses] = [list("dnsNames"), list("ipAddresses")];
  return {
    ...visit.fields("organization", "country"),
    ...(dnsNames.length > 0 && { dnsNames }),
    ...(ipAddresses.length > 0 && { ipAddresses }),
  };
}
