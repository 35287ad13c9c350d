import { type OnlineRole, type PublicRoleKey, publicRoleKey } from "../signing-keys.ts";

export interface RootRole {
  readonly keys: readonly PublicRoleKey[];
  readonly threshold: number;
}

/** What a root says, whoever has signed it. */
export interface RootContent {
  readonly version: number;
  /** ISO 8601. */
  readonly expires: string;
  readonly roles: Readonly<Record<OnlineRole | "root", RootRole>>;
}

interface RootJson {
  readonly signed: {
    readonly version: number;
    readonly expires: string;
    readonly keys: Readonly<Record<string, { readonly keyval: { readonly public: string } }>>;
    readonly roles: Readonly<
      Record<string, { readonly keyids: readonly string[]; readonly threshold: number }>
    >;
  };
}

/** @throws Error for what is no root, or has keys that are not ours */
export function readRootContent(bytes: Buffer): RootContent {
  const { version, expires, keys, roles } = (JSON.parse(bytes.toString("utf8")) as RootJson).signed;
  const role = (name: OnlineRole | "root"): RootRole => {
    const { keyids, threshold } = roles[name]!;
    return { keys: keyids.map((id) => publicRoleKey(keys[id]!.keyval.public)), threshold };
  };
  if (!Number.isSafeInteger(version) || Number.isNaN(Date.parse(expires))) throw new Error("not a root");
  return {
    version,
    expires,
    roles: {
      root: role("root"),
      targets: role("targets"),
      snapshot: role("snapshot"),
      timestamp: role("timestamp"),
    },
  };
}
