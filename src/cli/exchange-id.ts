import { type ExchangeId, unsafeId } from "../core/ids.ts";
import { isUuidV7 } from "../core/uuid.ts";
import { UsageError } from "./arguments.ts";

/** @param remedy where such an id is found @throws UsageError */
export function readExchangeId(text: string, remedy?: string): ExchangeId {
  if (!isUuidV7(text)) throw new UsageError(`"${text}" is no exchange id`, remedy);
  return unsafeId(text);
}
