import {
  type ConfigurationView,
  lookAtConfiguration,
  type MirrorView,
} from "../assembly/look-at-configuration.ts";
import { loadServerConfiguration } from "../assembly/server-configuration.ts";
import { systemClock } from "../core/clock.ts";
import { type Flag, readArguments } from "./arguments.ts";
import { exitCodes } from "./command.ts";
import { configFlag } from "./config-flag.ts";
import { jsonFlag, toJson } from "./json-flag.ts";

export const summary = "Shows the global configuration at each mirror, how fresh it is, and forks";

export const description =
  "Works beside the running server or without it, and changes nothing. Each mirror is asked by itself, so that one that is " +
  "frozen, behind or gives another configuration of the same version shows; of the running server it tells which version " +
  "it uses and what it raises the alarm for, such as peers that use another one. The exit code is 1 unless all is well.";

export const flags = [configFlag, jsonFlag] as const satisfies readonly Flag[];

export async function run(args: readonly string[]): Promise<number> {
  const { config, json } = readArguments({ flags }, args).flags;
  const view = await lookAtConfiguration(await loadServerConfiguration(config), systemClock);
  process.stdout.write(json ? toJson(view) : `${linesOf(view).join("\n")}\n`);
  const isWell =
    view.forks.length === 0 &&
    view.mirrors.every(({ state }) => state === "fresh") &&
    (view.server?.alarms ?? []).length === 0;
  return isWell ? exitCodes.ok : exitCodes.failed;
}

function linesOf({ mirrors, forks, server }: ConfigurationView): string[] {
  return [
    ...mirrors.flatMap(mirrorLines),
    ...forks.map(([one, other]) => `FORK: ${one} and ${other} give two configurations of one version`),
    server === undefined
      ? "the server does not run, or does not answer at its health interface"
      : `the running server uses version ${server.version ?? "none"}`,
    ...(server?.alarms ?? []).map(({ code, detail }) => `  ${code}: ${detail}`),
  ].map((line) => line.replace(/\p{Cc}/gu, " "));
}

function mirrorLines({ mirror, state, version, sha256, freshAt, expiresAt, problems }: MirrorView): string[] {
  const iso = (time: number | undefined) => (time === undefined ? "never" : new Date(time).toISOString());
  return [
    `${mirror}  ${state}  version ${version ?? "none"} ${sha256 ?? ""}`.trimEnd(),
    `  newest timestamp ${iso(freshAt)}, to be used until ${iso(expiresAt)}`,
    ...problems.map(({ kind, detail }) => `  ${kind}: ${detail}`),
  ];
}
