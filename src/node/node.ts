/**
 * The composition root: opens everything bottom-up (stores, the way of mail, doors), runs until told to stop, closes
 * top-down. Threads: this one moves mail and answers who asks; the spool, the control database and history have threads
 * of their own, and two more for long reads once somebody asks.
 */
import type { Clock, WallMs } from "../base/clock.ts";
import { Fault, textOf } from "../base/fault.ts";
import { makeFolder } from "../base/folder.ts";
import { openLog } from "../base/log.ts";
import { LINK_DAYS, openLinks } from "../control/api/links.ts";
import type { Config } from "../control/config/config.ts";
import { days, setting } from "../control/settings/settings.ts";
import type { NodeNumber } from "../model/ids.ts";
import { openDoors } from "./doors.ts";
import { openLookUps } from "./look-ups.ts";
import { openMailWay } from "./mail-way.ts";
import { openStores, type World } from "./stores.ts";
import { storyUrls } from "./story-urls.ts";
import { type Surroundings, thisMachine } from "./surroundings.ts";
import { openCertificate } from "./tls.ts";

export interface NodeRun {
  readonly config: Config;
  readonly version: string;
  readonly signal: AbortSignal;
  /** What it stands in; absent: this machine and the internet. */
  readonly surroundings?: Surroundings;
  /** The built panel; absent: the API answers without it. */
  readonly panelFolder?: string | undefined;
  /** Log lines, whole. */
  write(line: string): void;
  /** Everything is open and mail is taken. */
  ready(facts: ReadyFacts): void;
  /** While stopping: what it waits for, about once a second. */
  waiting(what: string): void;
}

export interface ReadyFacts {
  readonly listeners: readonly { readonly name: string; readonly address: string }[];
  /** From the start of `runNode`. */
  readonly ms: number;
  readonly cleanBefore: boolean;
  readonly queued: number;
  readonly held: number;
  readonly socket: string;
  /** Where browsers find the panel; absent where no door was opened. */
  readonly panel?: string;
  /** Opens it for the first owner, once. */
  readonly login?: { readonly url: string; readonly until: WallMs };
}

/** A stop waits so long for open transactions; then they are cut (and mail past its final dot is in doubt). */
const DRAIN_MS = 30_000;

/** Resolves after an orderly stop. @throws {Fault} with a sentence for people when it cannot start. */
export async function runNode(run: NodeRun): Promise<void> {
  const surroundings = run.surroundings ?? thisMachine();
  const { config } = run;
  const { clock, desk, network } = surroundings;
  const started = desk.mono();
  makeDataFolder(config.data);
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  run.signal.addEventListener("abort", stop, { once: true });

  await using stack = new AsyncDisposableStack();
  const log: World["log"] = (part) => openLog(part, config.logLevel, run.write);
  const world: World = { ...surroundings, log };
  const number = 1 as NodeNumber;
  const stores = await openStores(config, number, world, stack);
  const { settings, revokedLinks } = stores.control;
  const publicUrl = (): string | undefined => setting(settings, "panel").publicUrl;
  const linkDays = (): number => days(setting(settings, "panel").linkLifetime, LINK_DAYS);
  const links = openLinks(stores.secret, revokedLinks, desk, linkDays);
  const resolver = stack.use(openLookUps(config, { network, clock, random: world.random.fork("resolver") }));
  const shared = {
    ...{ config, number, world, stores, resolver },
    certificate: stack.use(await openCertificate(config, desk, log("tls"))),
  };
  const mail = await openMailWay({ ...shared, storyUrl: storyUrls(links, publicUrl, desk) }, stack);
  const { version, panelFolder } = run;
  const doors = await openDoors({ ...shared, mail, links, publicUrl, version, panelFolder, stop }, stack);
  doors.watch(stopping.signal);
  const { opened } = stores.spool;
  const { pipeline } = mail;
  run.ready({
    listeners: pipeline.intake.addresses.map(({ name, local }) => ({ name, address: `${local.ip}:${local.port}` })),
    ms: desk.mono() - started,
    cleanBefore: opened.clean,
    queued: opened.queued,
    held: opened.held,
    socket: config.controlSocket,
    ...(doors.panel !== undefined && { panel: doors.panel }),
    ...(doors.login && { login: doors.login }),
  });

  await aborted(stopping.signal);
  doors.steering.drain();
  await waitedFor(pipeline.drain(DRAIN_MS), () => pipeline.describe(), run.waiting, desk);
}

/** Says once a second what a stop still waits for. */
async function waitedFor(drained: Promise<void>, describe: () => string, say: (what: string) => void, clock: Clock): Promise<void> {
  const done = new AbortController();
  const telling = (async () => {
    while (!done.signal.aborted) {
      await clock.sleep(1000, done.signal);
      const what = describe();
      if (what !== "") say(what);
    }
  })().catch(() => {}); // its sleep ends by the abort
  try {
    await drained;
  } finally {
    done.abort();
    await telling;
  }
}

function makeDataFolder(path: string): void {
  try {
    makeFolder(path, 0o700);
  } catch (thrown) {
    throw new Fault("DATA_FOLDER", `the data folder ${path} cannot be made: ${textOf(thrown)}; name another with --data`, thrown);
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
