import type { OcspStapler } from "../../pki/ocsp-stapler.ts";
import type { ForgerySearch } from "./find-forgeries.ts";
import { type KeyOrder, parseKeyOrder } from "./key-orders.ts";
import type { KeyRing } from "./key-ring.ts";
import type { Chosen, ToldKey } from "./order-keys.ts";

/** Carries out what commands order about keys; undefined for what another office does. */
export function keyOffice(
  ring: KeyRing,
  stapler: Pick<OcspStapler, "standings">,
  seek: (member: string, from: string) => Promise<ForgerySearch>,
) {
  const list = (): ToldKey[] => {
    const ocsp = new Map(stapler.standings().map(({ fingerprint, state }) => [fingerprint, state]));
    return ring.standings().map((standing): ToldKey => {
      const state = ocsp.get(standing.fingerprint);
      return state === undefined ? standing : { ...standing, ocsp: state };
    });
  };
  const offices = {
    "keys review": async () => {
      await ring.review();
      return list();
    },
    "keys list": async () => list(),
    "keys choose": async (order: KeyOrder & { order: "keys choose" }): Promise<Chosen> =>
      ring.choose(order.name, order.slot),
    "keys forgeries": ({ member, from }: KeyOrder & { order: "keys forgeries" }) => seek(member, from),
  };
  return (bytes: Buffer): Promise<unknown> | undefined => {
    const order = parseKeyOrder(bytes);
    if (order === undefined) return undefined;
    const execute = offices[order.order] as (order: KeyOrder) => Promise<unknown>;
    return execute(order);
  };
}
