import { type ClientId, type ServiceId, unsafeId } from "../../core/ids.ts";
import { personScheme } from "../country/citizens.ts";
import type { Scene } from "./scenes.ts";
import { jsonBody } from "./system-call.ts";

/** What is asked of a person. */
export interface WantedPermission extends Pick<Scene, "title" | "scenario"> {
  readonly asker: ClientId;
  /** At whose gateway it is asked. */
  readonly discloser: ClientId;
  readonly asked: {
    readonly service: ServiceId;
    readonly purpose: string;
    readonly fields?: readonly string[];
    readonly days: number;
  };
  readonly limits?: { readonly uses?: number; readonly keepDays?: number };
  /** Personal code. */
  readonly person: string;
}

/** A call that asks a person for a permission. */
export function permissionRequest(wanted: WantedPermission): Scene {
  const { title, scenario, asker, discloser, asked, limits = {}, person } = wanted;
  return {
    title,
    scenario,
    client: asker,
    service: unsafeId<ServiceId>(`${discloser}/sealway.permission`),
    method: "POST",
    path: "/requests",
    body: jsonBody({ ...asked, limits, person: { scheme: personScheme, value: person } }),
    expected: { kind: "answer", status: 200 },
    says: ({ text }) => {
      const { permission, url } = JSON.parse(text);
      if (permission.state !== "requested") throw new Error(`it is ${permission.state}`);
      return `waits for the person at ${url}`;
    },
    notYetChecked: [],
  };
}
