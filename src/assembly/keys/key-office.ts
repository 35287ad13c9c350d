import type { OcspStapler } from "../../pki/ocsp-stapler.ts";
import { type KeyOrder, parseKeyOrder } from "./key-orders.ts";
import type { KeyRing } from "./key-ring.ts";
import type { Chosen, ToldKey } from "./order-keys.ts";

/** Carries out what commands order about keys; undefined for what another office does. */
export function keyOffice(ring: KeyRing, stapler: Pick<OcspStapler, "standings">) {
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
  };
  return (bytes: Buffer): Promise<unknown> | undefined => {
    const order = parseKeyOrder(bytes);
    if (order === undefined) return undefined;
    return order.order === "keys choose" ? offices["keys choose"](order) : offices[order.order]();
  };
}
