/**
 * Where settings are looked at and changed as a whole: exported and applied as one YAML file, compared, rolled back.
 *
 * A section that a file has is what the section is afterwards: what is not in it is removed. A section that the file
 * does not have is left alone. Secrets are in no file; what has one keeps it.
 */
import { canonicalJson } from "../../base/canonical-json.ts";
import type { Clock, WallMs } from "../../base/clock.ts";
import type { Finding } from "../../base/option.ts";
import type {
  ControlSettings,
  SettingsChange as DocumentChange,
  DocumentDifference,
  Revision,
  SettingsDocument,
} from "../../store/settings/control-settings.ts";
import type { Answered, Refusal } from "../api/node-face.ts";
import { faultText, writeYaml } from "../config/config.ts";
import { type MadeSecrets, makeSecrets, type SecretMaking, secretsToMake } from "./made-secrets.ts";
import { readSettings, type WrittenDocument } from "./read-settings.ts";
import { changesOf, effectsOf, type SettingsChange } from "./settings-changes.ts";
import { SECTION_NAMES, SECTIONS, type SectionName, sectionOfKind } from "./settings-schema.ts";
import { checkWhole, type Standing } from "./whole-settings.ts";

export interface SettingsOrder {
  readonly dryRun: boolean;
  readonly by: string;
  readonly note?: string;
}

export interface AppliedSettings {
  /** Absent in a dry run, and where nothing changed. */
  readonly revision?: number;
  readonly changes: readonly SettingsChange[];
  /** What it means, a sentence each; and secrets that were made, shown this once. */
  readonly effect: readonly string[];
}

export interface DeskPorts extends Omit<SecretMaking, "has"> {
  readonly settings: ControlSettings;
  readonly clock: Clock;
}

type Applied = Answered<{ readonly applied: AppliedSettings }>;
type Wanted = Pick<SettingsDocument, "kind" | "key" | "value">;

const FILE = "settings";
const MOST_REVISIONS = 1000;

export class SettingsDesk {
  readonly #settings: ControlSettings;
  readonly #clock: Clock;
  readonly #making: SecretMaking;

  constructor({ settings, clock, random, verifierOf }: DeskPorts) {
    this.#settings = settings;
    this.#clock = clock;
    this.#making = { random, verifierOf, has: (name) => settings.hasSecret(name) };
  }

  /** Without secrets. */
  async current(): Promise<Revision & { readonly doc: Readonly<Record<string, unknown>> }> {
    const [last] = await this.#settings.revisions(1);
    return { ...(last ?? { revision: 0, at: 0 as WallMs, by: "start", changes: 0 }), doc: sectionsOf(this.#settings.documents()) };
  }

  /** Every section, so that applying it elsewhere makes all of it the same. */
  async exportYaml(): Promise<string> {
    const { doc, ...revision } = await this.current();
    const comment = [
      `Fairlead's settings as of revision ${revision.revision}. Apply with: fairlead settings apply FILE`,
      "A section that is here is the whole section: what is not in it is removed. Passwords and secrets are kept apart.",
    ];
    return writeYaml(doc, comment.join("\n"));
  }

  async apply(order: SettingsOrder & { readonly yaml: string; readonly expect?: number }): Promise<Applied> {
    const findings: Finding[] = [];
    const file = readSettings(order.yaml, (finding) => findings.push(finding));
    if (!file) return refused(findings);
    const kinds = new Set(file.sections.map((section): string => SECTIONS[section].kind));
    const kept = this.#settings.documents().filter(({ kind }) => !kinds.has(kind));
    const wanted: readonly (Wanted & Pick<WrittenDocument, "line">)[] = [
      ...kept.map((one) => ({ ...one, line: undefined })),
      ...file.documents,
    ];
    // A rule between documents would take a faulty one for what it does not say.
    if (findings.length === 0) checkWhole(wanted as readonly Standing[], (finding) => findings.push(finding));
    if (findings.length > 0) return refused(findings);
    return await this.#make(wanted, order);
  }

  async rollback(order: SettingsOrder & { readonly to: number }): Promise<Applied> {
    const then = await this.#settings.at(order.to);
    if (!then) return noRevision(order.to);
    return await this.#make(then, { ...order, rolledBackTo: order.to });
  }

  /** Newest first. */
  async revisions(page: { readonly limit: number; readonly before?: number }): Promise<readonly Revision[]> {
    return await this.#settings.revisions(Math.min(page.limit, MOST_REVISIONS), page.before);
  }

  async revision(revision: number): Promise<(Omit<Revision, "changes"> & { readonly changes: readonly SettingsChange[] }) | undefined> {
    const [found] = await this.#settings.revisions(1, revision + 1);
    const changes = found?.revision === revision ? await this.diff(revision - 1, revision) : undefined;
    return found && changes && { ...found, changes };
  }

  /** Undefined where one of the two never was. */
  async diff(from: number, to: number): Promise<readonly SettingsChange[] | undefined> {
    const differences = await this.#settings.diff(from, to);
    return differences && changesOf(differences);
  }

  /** Makes the documents be these and no others. */
  async #make(
    wanted: readonly Wanted[],
    order: SettingsOrder & { readonly expect?: number; readonly rolledBackTo?: number },
  ): Promise<Applied> {
    const seen = this.#settings.revision;
    if (order.expect !== undefined && order.expect !== seen) return await this.#stale(seen);
    const changes = documentChanges(this.#settings.documents(), wanted);
    const differences = this.#differences(changes);
    const told = { changes: changesOf(differences), effect: effectsOf(differences) };
    if (order.dryRun) return applied({ ...told, effect: [...told.effect, ...secretsToMake(wanted, this.#making.has)] });
    const made: MadeSecrets = await makeSecrets(wanted, this.#making);
    const done = await this.#settings.commit(changes, {
      ...{ by: order.by, at: this.#clock.wall(), expect: seen, secrets: made.secrets },
      ...(order.note !== undefined && { note: order.note }),
      ...(order.rolledBackTo !== undefined && { rolledBackTo: order.rolledBackTo }),
    });
    if (!done.ok) return await this.#stale(done.stale);
    const effect = [...told.effect, ...made.told];
    return applied({ ...(done.revision !== seen && { revision: done.revision }), changes: told.changes, effect });
  }

  #differences(changes: readonly DocumentChange[]): readonly DocumentDifference[] {
    return changes.map(({ kind, key, value }) => {
      const before = this.#settings.get(kind, key);
      return { kind, key, ...(before && { before: before.value }), ...(value !== undefined && { after: value }) };
    });
  }

  async #stale(revision: number): Promise<Applied> {
    const [last] = await this.#settings.revisions(1);
    return no({
      code: "too-late",
      text: `revision ${revision} came first${last ? `, by ${last.by}` : ""}; nothing was changed`,
      fix: "look at what it changed, export again, and apply your change to that",
    });
  }
}

/** What has to change for exactly these documents to stand; a document without anything in it is none. */
function documentChanges(now: readonly SettingsDocument[], wanted: readonly Wanted[]): readonly DocumentChange[] {
  const known = now.filter(({ kind }) => sectionOfKind(kind) !== undefined);
  const then = new Map(wanted.filter((one) => !isEmptySingle(one)).map((one) => [`${one.kind}\n${one.key}`, one]));
  const removed = known.filter(({ kind, key }) => !then.has(`${kind}\n${key}`)).map(({ kind, key }): DocumentChange => ({ kind, key }));
  const before = new Map(now.map(({ kind, key, value }) => [`${kind}\n${key}`, canonicalJson(value)]));
  const written = [...then]
    .filter(([name, { value }]) => before.get(name) !== canonicalJson(value))
    .map(([, { kind, key, value }]) => ({ kind, key, value }));
  return [...written, ...removed];
}

function isEmptySingle({ key, value }: Wanted): boolean {
  return key === "" && typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function sectionsOf(documents: readonly SettingsDocument[]): Readonly<Record<SectionName, unknown>> {
  const sections = Object.fromEntries(
    SECTION_NAMES.map((name) => {
      const { kind, many } = SECTIONS[name];
      const own = documents.filter((document) => document.kind === kind);
      return [name, many ? Object.fromEntries(own.map(({ key, value }) => [key, value])) : (own[0]?.value ?? {})];
    }),
  );
  return sections as Record<SectionName, unknown>;
}

function applied(settings: AppliedSettings): Applied {
  return { ok: true, applied: settings };
}

function no(refusal: Refusal): Applied {
  return { ok: false, refusal };
}

function noRevision(revision: number): Applied {
  return no({ code: "not-found", text: `there is no revision ${revision}`, fix: "fairlead settings revisions" });
}

/** Every fault, by line. */
function refused(findings: readonly Finding[]): Applied {
  const lines = [...findings]
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
    .map(({ path, line, cause, remedy }) =>
      faultText({ file: FILE, path, cause, ...(line !== undefined && { line }), ...(remedy !== undefined && { remedy }) }),
    );
  const text = lines.length === 1 ? (lines[0] ?? "") : `${lines.length} faults, nothing was changed:\n${lines.join("\n")}`;
  return no({ code: "bad-value", text, fix: "correct the file and apply it again" });
}
