import { sha256Base64Url } from "../../core/bytes.ts";
import { SealwayError } from "../../core/errors.ts";
import { memberOf, providerOf, type ServiceId } from "../../core/ids.ts";
import { parseStatement } from "../../message/signed-statement.ts";
import { checkPermission, partiesOf, permissionType } from "../../policy/permissions/permission.ts";
import { builtInService } from "../builtin/built-in-services.ts";
import type { ConsumerExchange } from "../consumer-exchange.ts";
import { bytesOf } from "../json-body.ts";

/**
 * Step 18, of answers that tell of a permission: the consumer keeps its copy, the statement as the provider's member signed
 * it, in its own log. What is none is delivered all the same, and not kept.
 * @throws SealwayError `log_unavailable`
 */
export function keepPermissionCopy(x: ConsumerExchange): Promise<void> | undefined {
  const { service } = x.target;
  const isAnswered = x.answer.document.type === "response" && x.answerBody !== null;
  return isAnswered && builtInService(service)?.code === "sealway.permission" ? keep(x, service) : undefined;
}

async function keep(x: ConsumerExchange, service: ServiceId): Promise<void> {
  const text = x.answerBody === null ? "" : (await bytesOf(x.answerBody)).toString("utf8");
  const bytes = statementIn(text);
  if (bytes === undefined || !isOfProvider(x, bytes, service)) return;
  await x.services.log.keep({ kind: "permission", sha256: sha256Base64Url(bytes), bytes });
}

function statementIn(text: string): Buffer | undefined {
  try {
    const told = Object(JSON.parse(text)) as { readonly statement?: unknown; readonly signature?: unknown };
    // By our own paths, or by those of GovStack's consent building block.
    const statement = told.statement ?? Object(told.signature).signature;
    return typeof statement === "string" ? Buffer.from(statement, "latin1") : undefined;
  } catch {
    return undefined;
  }
}

/** Signed by a seal of the member that was asked, for a permission that was given to whoever asks. */
function isOfProvider(
  { answer, client, trust }: ConsumerExchange,
  bytes: Buffer,
  service: ServiceId,
): boolean {
  try {
    const { certificate, payload } = parseStatement(bytes, permissionType);
    const told: unknown = payload;
    checkPermission(told);
    const seal = trust.directory.seal(certificate.fingerprint, answer.document.ts);
    const provider = providerOf(service);
    const { discloser, recipient } = partiesOf(told);
    const isOwn = recipient === client && discloser === provider;
    return isOwn && seal?.member === memberOf(provider);
  } catch (error) {
    if (error instanceof SealwayError) return false;
    throw error;
  }
}
