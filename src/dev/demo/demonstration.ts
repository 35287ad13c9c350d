import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, monotonic } from "../../core/clock.ts";
import { buildCountry } from "../country/build-country.ts";
import { members } from "../country/members.ts";
import { planPorts } from "../country/ports.ts";
import { services } from "../country/services.ts";
import { type RunningCountry, startCountry } from "../country/start-country.ts";
import { type Cast, castOf } from "../registers/cast.ts";
import { type Country, defaultSeed, generateCountry } from "../registers/country.ts";
import { playAgreement } from "./agreement-scene.ts";
import { playBankStory } from "./bank-scene.ts";
import type { Account, ActAccount, PageAccount, Played, Tell } from "./event.ts";
import { evidenceDirectory, verifyEvidence } from "./evidence.ts";
import { feedbackScene } from "./feedback-scene.ts";
import { playFormScene } from "./form-scene.ts";
import { linesToTry } from "./lines-to-try.ts";
import { playNewcomer } from "./newcomer-scene.ts";
import { type OpenedConsoles, openConsoles } from "./open-consoles.ts";
import { playPeerScenes } from "./peer-scenes.ts";
import { permissionStories, playPermissionStory } from "./permission-stories.ts";
import { playScene } from "./play-scene.ts";
import { registerScenes } from "./register-scenes.ts";
import { playRepresentation } from "./representation-scene.ts";
import { playRestriction } from "./restriction-scene.ts";
import { type Scene, scenesFor } from "./scenes.ts";
import { sealNow } from "./seal-now.ts";

export interface DemonstrationOptions {
  /** What ports are counted from; 0 takes free ones. */
  readonly basePort: number;
  /** Where the country is to lie, for good; a temporary directory when undefined. */
  readonly directory: string | undefined;
  /** What becomes of a temporary directory. */
  readonly files: "keep" | "remove";
  /** Whether the country stays up after the account. */
  readonly afterwards: "end" | "stay";
  readonly clock: Clock;
  readonly tell: Tell;
  /** Ends the demonstration wherever it is. */
  readonly signal: AbortSignal;
}

/**
 * Builds and starts a country, plays its exchanges, tells of each, and verifies what proves it.
 * @returns whether each exchange ended as it should and all evidence verified; false when it was interrupted
 * @throws Error when the country cannot be built or started: `EADDRINUSE` for a port that is taken, `EEXIST` for a
 *   directory that holds a country
 */
export async function runDemonstration(options: DemonstrationOptions): Promise<boolean> {
  const { basePort, clock, tell, signal } = options;
  const began = monotonic();
  const seconds = () => (monotonic() - began) / 1000;
  const ports = await planPorts(basePort);
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), "sealway-demo-")));
  const kept = options.directory !== undefined || options.files === "keep";
  try {
    const country = await buildCountry(directory, { ports, clock });
    tell({ event: "begin", directory, kept });
    const running = await startCountry(country, {
      signal,
      progress: (name) => tell({ event: "process", name, seconds: seconds() }),
    });
    const counts = { servers: country.servers.length, members: members.length, services: services.length };
    tell({ event: "ready", seconds: seconds(), ...counts });
    let consoles: OpenedConsoles | undefined;
    try {
      consoles = await openConsoles(country, clock);
      tell({ event: "consoles", urls: consoles.urls });
      return await present(running, options);
    } finally {
      const stopping = seconds();
      await consoles?.close();
      await running.stop();
      tell({ event: "end", seconds: seconds() - stopping });
    }
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  } finally {
    if (!kept) await rm(directory, { recursive: true, force: true });
  }
}

async function present(running: RunningCountry, options: DemonstrationOptions): Promise<boolean> {
  const { clock, tell, signal, afterwards } = options;
  const people = generateCountry(defaultSeed);
  const cast = castOf(people, clock.now());
  const played = await play(running, cast, people, options);
  const form = await playFormScene(running, clock, played.length + 1);
  tell(form);
  await sealAll(running, tell);
  const evidence = await verifyEvidence(running.country, played, clock, tell);
  const accounts = played.filter((one): one is Account => one.event === "exchange");
  const pages = played.filter((one): one is PageAccount => one.event === "page");
  const acts = played.filter((one): one is ActAccount => one.event === "act");
  const asExpected = asExpectedIn(accounts);
  const formsAsExpected = form.asExpected ? 1 : 0;
  const valid = evidence.filter((found) => found.valid).length;
  const passed = asExpectedIn([...played, form]) === played.length + 1 && valid === evidence.length;
  const ofPages = { pages: pages.length, pagesAsExpected: asExpectedIn(pages) };
  const ofActs = { acts: acts.length, actsAsExpected: asExpectedIn(acts) };
  const counts = { exchanges: accounts.length, asExpected, ...ofPages, ...ofActs, forms: 1, formsAsExpected };
  tell({ event: "summary", ...counts, packages: evidence.length, valid, passed });
  if (afterwards === "stay" && !signal.aborted) {
    tell({ event: "try", lines: linesToTry(running.country, cast, evidenceDirectory(running.country)) });
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  }
  return passed;
}

function asExpectedIn(played: readonly { readonly asExpected: boolean }[]): number {
  return played.filter(({ asExpected }) => asExpected).length;
}

async function play(
  running: RunningCountry,
  cast: Cast,
  people: Country,
  { clock, tell }: DemonstrationOptions,
): Promise<Played[]> {
  const played: Played[] = [];
  const add = (one: Played) => {
    tell(one);
    played.push(one);
  };
  const perform = async (scene: Scene) => add(await playScene(running, scene, played.length + 1));
  const follow = async (story: AsyncIterable<Played>) => {
    for await (const one of story) add(one);
  };
  const next = () => played.length + 1;
  for (const scene of [...scenesFor(cast), ...registerScenes(cast)]) await perform(scene);
  await perform(feedbackScene(played[0]?.exchangeId ?? ""));
  await follow(playBankStory(running, cast, next()));
  await follow(playRepresentation(running, cast, people, next()));
  for (const story of permissionStories(cast))
    await follow(playPermissionStory(running, cast, story, next()));
  await follow(playAgreement(running, clock, next()));
  await follow(playRestriction(running, cast, clock, next()));
  await follow(playPeerScenes(running, cast, clock, next()));
  add(await playNewcomer(running, next()));
  return played;
}

/** Asks every gateway for its time-stamps now, as an operator could. */
async function sealAll(running: RunningCountry, tell: Tell): Promise<void> {
  const { country } = running;
  const began = monotonic();
  const servers = await sealNow(running, country.servers);
  const seconds = (monotonic() - began) / 1000;
  tell({ event: "sealed", servers, seconds, directory: evidenceDirectory(country) });
}
