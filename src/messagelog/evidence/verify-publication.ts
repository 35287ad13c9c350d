import type { ServiceId } from "../../core/ids.ts";
import { judgeActSeal } from "../../message/judge-act-seal.ts";
import { type CountersignedAct, parseCountersignedAct } from "../../message/service-act-record.ts";
import type { ConfigurationIndex } from "../../trust/configuration-index.ts";
import type { PublishedDocument } from "../../trust/global-configuration.ts";
import { isPublishedByAct, serviceOfPath } from "../../trust/service-paths.ts";
import type { MessageCase } from "./verify-case.ts";

/** A configuration names hundreds of acts, of which two messages of an exchange need the same few. */
const parsed = new WeakMap<Buffer, CountersignedAct>();

/**
 * Whether the provider's member itself published the description in force, by the configuration of that day. Of a
 * demonstration's descriptions that nobody signed nothing is said.
 */
export function verifyPublication(
  { findings, folder }: Pick<MessageCase, "findings" | "folder">,
  published: PublishedDocument,
  service: ServiceId,
  configuration: ConfigurationIndex,
): void {
  if (!isPublishedByAct(published.path)) return;
  const { acts, parameters } = configuration.content;
  const keys = new Set(parameters.catalogueKeys);
  try {
    const own = acts.filter(({ path }) => serviceOfPath(path) === service);
    const records = own.map(({ bytes }) => read(bytes, keys));
    const act = records.find((record) => isPublication(record, published, service));
    if (act === undefined) {
      findings.add("publication-unproven", folder, published.path);
      return;
    }
    const { member } = judgeActSeal(act, service, configuration, act.accepted);
    findings.add("publication-proven", folder, `${published.path}, by ${member}`);
  } catch (error) {
    findings.add("publication-invalid", folder, (error as Error).message);
  }
}

function isPublication(
  { word, payload }: CountersignedAct,
  { path, sha256 }: PublishedDocument,
  service: ServiceId,
): boolean {
  const isOfVersion = path === `services/${service}/${payload.version}.json`;
  return word === "publish" && payload.service === service && payload.description === sha256 && isOfVersion;
}

function read(bytes: Buffer, keys: ReadonlySet<string>): CountersignedAct {
  const known = parsed.get(bytes);
  if (known !== undefined && keys.has(known.key)) return known;
  const record = parseCountersignedAct(bytes, keys);
  parsed.set(bytes, record);
  return record;
}
