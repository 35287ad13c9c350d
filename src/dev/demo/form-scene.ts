import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { DescriptionDocument } from "../../catalogue/description-document.ts";
import type { FormVerdict } from "../../catalogue/form-check.ts";
import { sha256Base64Url } from "../../core/bytes.ts";
import type { Clock } from "../../core/clock.ts";
import { type ClientId, memberOf, providerOf } from "../../core/ids.ts";
import { signAct } from "../../message/service-act-record.ts";
import { type Country, serverOf } from "../country/country.ts";
import { instance } from "../country/members.ts";
import type { RunningCountry } from "../country/start-country.ts";
import type { FormAccount, FormRefusal } from "./event.ts";
import { sealSigner } from "./peer-message.ts";

/** What the city has in its drawer: the form on paper, and the service that was to take it. */
export const formFile = join(import.meta.dirname, "drafts/kindergarten-form.csv");
export const draftFile = join(import.meta.dirname, "drafts/kindergarten-place-form.json");

/** Who holds what is asked for, in the order of the questions. */
const holders = ["population/persons", "tax/income"];

/**
 * A form that asks parents for address and income is held against the catalogue; then the city signs the publication of
 * the service that takes it, which the authority must refuse for the same two.
 * @throws Error when the city's server does not check the form
 */
export async function playFormScene(
  { country }: RunningCountry,
  clock: Clock,
  number: number,
): Promise<FormAccount> {
  const bytes = await readFile(draftFile);
  const draft: DescriptionDocument = JSON.parse(bytes.toString("utf8"));
  const { held, free, unknown } = await checkForm(country, providerOf(draft.id));
  const refusals = await publish(country, draft, bytes, clock);
  const areNamed = holders.every(
    (name, i) => held[i]?.service.endsWith(`/${name}`) && refusals[i]?.detail.endsWith(`/${name}`),
  );
  return {
    event: "form",
    number,
    title: "A form that asks for what registers hold",
    scenario: 8,
    asks: draft.responsibleAuthority!,
    questions: held.length + free.length + unknown.length,
    held,
    draft: draft.id,
    refusals,
    asExpected: areNamed && held.length === holders.length && refusals.length === holders.length,
  };
}

/** Asks the city's own security server. */
async function checkForm(country: Country, client: ClientId): Promise<FormVerdict> {
  const { ports } = serverOf(country, client);
  const address = `http://127.0.0.1:${ports.consumer}/catalogue/form-check?name=${basename(formFile)}`;
  const headers = { "X-Road-Client": client, "Content-Type": "text/csv" };
  const answer = await fetch(address, { method: "POST", headers, body: await readFile(formFile) });
  if (!answer.ok) throw new Error(`the form was not checked: ${await answer.text()}`);
  return (await answer.json()) as FormVerdict;
}

/** Signs with the provider's seal and sends it to the authority. @returns why it was refused; nothing if it was not */
async function publish(
  country: Country,
  { id: service, version }: DescriptionDocument,
  bytes: Buffer,
  clock: Clock,
): Promise<readonly FormRefusal[]> {
  const provider = providerOf(service);
  const signer = await sealSigner(country, serverOf(country, provider), memberOf(provider));
  const description = sha256Base64Url(bytes);
  const stated = { instance, time: clock.now(), service, version, description, previous: null };
  const act = await signAct(signer, "publish", stated);
  const body = JSON.stringify({ act: act.toString("latin1"), description: bytes.toString("base64") });
  const address = `http://127.0.0.1:${country.ports.authority}/services/acts`;
  const answer = await fetch(address, { method: "POST", body });
  if (answer.ok) return [];
  const problem = (await answer.json()) as FormRefusal & { readonly findings: readonly FormRefusal[] };
  return problem.code === "publication_refused" ? problem.findings : [problem];
}
