import type { KeyObject } from "node:crypto";
import { setImmediate as giveWay } from "node:timers/promises";
import { SealwayError } from "../../core/errors.ts";
import { parseStrictJson } from "../../core/strict-json.ts";
import type { MovedRevision } from "../../exchange/permissions/moved-permissions.ts";
import type { NamedPerson } from "../../exchange/permissions/permission-secret.ts";
import { openEnvelope, parseRecipient, sealEnvelope } from "../../pki/hybrid-envelope.ts";
import type { MovedUses } from "./moved-counters.ts";

/*
 * What of a subsystem goes along and is nobody else's to read: permissions with whom they are of, acts on restrictions,
 * and how often what is limited was used. It goes in envelopes to the server that invited.
 */

export type MovedItem =
  | ({ readonly kind: "revision" } & MovedRevision)
  | { readonly kind: "restriction"; readonly signed: string }
  | ({ readonly kind: "uses" } & MovedUses);

const use = "sealway-hand-over";
/** Plaintext of an envelope, characters, above which the next one begins. */
const fullAfter = 128 * 1024;

/**
 * @param key of the invitation
 * @returns envelopes, one after another. @throws SealwayError `malformed_statement` for a key that is none
 */
export async function sealState(items: readonly MovedItem[], key: string): Promise<readonly string[]> {
  const recipients = [parseRecipient(key)];
  const sealed: string[] = [];
  let texts: string[] = [];
  let length = 0;
  const end = () => {
    if (texts.length === 0) return;
    sealed.push(sealEnvelope(Buffer.from(`[${texts.join()}]`), use, recipients).toString("latin1"));
    [texts, length] = [[], 0];
  };
  for (const item of items) {
    const text = JSON.stringify(item);
    texts.push(text);
    length += text.length;
    if (length <= fullAfter) continue;
    end();
    await giveWay();
  }
  end();
  return sealed;
}

/** @throws SealwayError `malformed_statement` for what is not encrypted to the key, or is something else */
export async function openState(sealed: readonly string[], key: KeyObject): Promise<readonly MovedItem[]> {
  const opened: MovedItem[] = [];
  for (const text of sealed) {
    await giveWay();
    const bytes = openEnvelope(Buffer.from(text, "latin1"), use, key);
    const items = parseStrictJson(bytes, "malformed_statement");
    if (!Array.isArray(items) || !items.every(isItem))
      throw new SealwayError("malformed_statement", "hand-over: what it encrypts has another form");
    opened.push(...items);
  }
  return opened;
}

type Form = { readonly [name: string]: unknown };

const forms: { readonly [Kind in MovedItem["kind"]]: (item: Form) => boolean } = {
  restriction: ({ signed }) => typeof signed === "string",
  revision: ({ secret, signed }) =>
    typeof signed === "string" && (secret === null || isSecret(Object(secret))),
  uses: ({ counter, origin, used }) =>
    [counter, origin].every((one) => typeof one === "string") &&
    Number.isSafeInteger(used) &&
    Number(used) > 0,
};

function isItem(value: unknown): value is MovedItem {
  const item: Form = Object(value);
  const { kind } = item;
  return typeof kind === "string" && Object.hasOwn(forms, kind) && forms[kind as MovedItem["kind"]](item);
}

function isSecret({ key, person, power = null, representative, text, token }: Form): boolean {
  const areTexts = [power, text, token].every((one) => one === null || typeof one === "string");
  const isKey = key === null || (typeof key === "object" && !Array.isArray(key));
  return areTexts && isKey && isPerson(person) && (representative === null || isPerson(representative));
}

function isPerson(value: unknown): value is NamedPerson {
  const { scheme, value: identifier }: Form = Object(value);
  return typeof scheme === "string" && typeof identifier === "string";
}
