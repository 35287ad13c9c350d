import type { Field } from "../form.ts";
import type { Visit } from "../visit.ts";
import { registrationWords } from "./words.ts";

/** Whether the configuration names a key of whoever is signed in, as an officer's. */
export function isOfficer({ caller, services }: Visit): boolean {
  return caller !== undefined && services.admin.registration.isOfficer(caller.user.id);
}

export function passphraseField(visit: Visit): Field {
  const { passphrase, passphraseHint } = visit.words(registrationWords).officer;
  return { kind: "password", name: "passphrase", label: passphrase, hint: passphraseHint };
}

/** As it was typed: spaces at its ends are part of it. */
export function passphraseIn(visit: Visit): { readonly passphrase?: string } {
  const [passphrase = "", ...more] = visit.fieldAll("passphrase");
  return passphrase === "" || more.length > 0 ? {} : { passphrase };
}
