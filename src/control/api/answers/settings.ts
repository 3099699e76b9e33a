/** What is set, who set it, what is kept: sources, settings and their revisions, the audit, retention. */
import type { SourceName, TenantId } from "../../../model/ids.ts";
import { type Answers, identityOf, viewOf } from "../asked.ts";
import type { AppliedSettings, Revision, SettingsChange } from "../desk.ts";
import type { NewSource } from "../node-face.ts";
import { answered, notFound, Refused, wired } from "../refused.ts";
import type { settingsRoutes } from "../routes/settings.ts";
import type { ReceivedBy, ReplyOf } from "../routes.ts";
import { sourceRow } from "../shapes.ts";
import { iso, wired as written } from "../wire-form.ts";
import { textReply } from "./node.ts";

export const settingsAnswers: Answers<keyof typeof settingsRoutes> = {
  sources: async (asked) => ({ sources: (await asked.node.sources(viewOf(asked))).map(sourceRow) }),

  addSource: async (asked, input) => {
    asked.remark({ on: input.name });
    const { source, password } = answered(await asked.node.addSource(newSource(input), identityOf(asked).actor));
    asked.remark({ after: written(source) });
    return { source: sourceRow(source), password: password ?? null };
  },

  removeSource: async (asked, { name }) => {
    asked.remark({ on: name });
    const { removed } = answered(await asked.node.removeSource(name as SourceName, identityOf(asked).actor));
    asked.remark({ before: written(removed) });
    return { removed: sourceRow(removed) };
  },

  settings: async ({ desk }) => {
    const { revision, at, by, doc } = await wired(desk.settings, "settings desk").current();
    return { revision, at: iso(at), by, doc };
  },

  exportSettings: async ({ desk }) =>
    textReply(await wired(desk.settings, "settings desk").exportYaml(), "application/yaml; charset=utf-8", {
      "content-disposition": 'attachment; filename="fairlead-settings.yaml"',
    }),

  applySettings: async (asked, { yaml, dryRun, note, expect }) => {
    asked.remark({ on: dryRun ? "dry run" : "apply" });
    const by = identityOf(asked).name;
    const desk = wired(asked.desk.settings, "settings desk");
    const { applied } = answered(
      await desk.apply({ yaml, dryRun, by, ...(note === undefined ? {} : { note }), ...(expect === undefined ? {} : { expect }) }),
    );
    asked.remark({ after: { revision: applied.revision ?? null, changes: applied.changes.length } });
    return appliedReply(applied);
  },

  revisions: async ({ desk }, { limit, before }) => {
    const rows = await wired(desk.settings, "settings desk").revisions({ limit, ...(before === undefined ? {} : { before }) });
    return { revisions: rows.map((row) => ({ ...revisionRow(row), changes: row.changes })) };
  },

  revision: async ({ desk }, { revision }) => {
    const found = await wired(desk.settings, "settings desk").revision(revision);
    if (found === undefined) throw noRevision(revision);
    return { ...revisionRow(found), changes: found.changes.map(changeRow) };
  },

  diffSettings: async ({ desk }, { from, to }) => {
    const changes = await wired(desk.settings, "settings desk").diff(from, to);
    if (changes === undefined)
      throw notFound(`revision ${from} or revision ${to} is not kept`, "GET /api/v1/settings/revisions has them all");
    return { changes: changes.map(changeRow) };
  },

  rollbackSettings: async (asked, { to, note, dryRun }) => {
    asked.remark({ on: `revision ${to}${dryRun ? " (dry run)" : ""}` });
    const by = identityOf(asked).name;
    const desk = wired(asked.desk.settings, "settings desk");
    const { applied } = answered(await desk.rollback({ to, dryRun, by, ...(note === undefined ? {} : { note }) }));
    asked.remark({ after: { revision: applied.revision ?? null, changes: applied.changes.length } });
    return appliedReply(applied);
  },

  audit: async (asked, { limit, before, who, what }) => {
    const page = await wired(asked.desk.audit, "audit").list(viewOf(asked), {
      limit,
      ...(before === undefined ? {} : { before }),
      ...(who === undefined ? {} : { who }),
      ...(what === undefined ? {} : { what }),
    });
    return {
      entries: page.entries.map((entry) => ({
        ...{ seq: entry.seq, at: iso(entry.at), by: entry.by, ip: entry.ip ?? null, what: entry.what, on: entry.on ?? null },
        ...{ before: entry.before ?? null, after: entry.after ?? null, ok: entry.ok },
      })),
      chain: { ok: page.chain.ok, brokenAt: page.chain.ok ? null : page.chain.brokenAt },
    };
  },

  retention: async ({ desk }) => {
    const keeping = wired(desk.keeping, "history");
    const [{ days, files }, others] = await Promise.all([keeping.history(), keeping.others()]);
    return {
      history: {
        days,
        bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
        files: files.map(({ day, bytes, deliveries, broken }) => ({ day, bytes, deliveries, broken })),
      },
      others: others.map(({ what, days: kept, bytes }) => ({ what, days: kept ?? null, bytes: bytes ?? null })),
    };
  },

  forget: async (asked, { address }) => {
    // The record must not keep what was to be forgotten.
    asked.remark({ on: "an address" });
    const changed = await wired(asked.desk.keeping, "history").forget(viewOf(asked), address);
    asked.remark({ after: { changed } });
    return { changed };
  },
};

function appliedReply({ revision, changes, effect }: AppliedSettings): ReplyOf<"applySettings"> {
  return { revision: revision ?? null, changes: changes.map(changeRow), effect };
}

function changeRow({ path, before, after }: SettingsChange): { path: string; before: unknown; after: unknown } {
  return { path, before: before ?? null, after: after ?? null };
}

function revisionRow({ revision, at, by, note, rolledBackTo }: Revision) {
  return { revision, at: iso(at), by, note: note ?? null, rolledBackTo: rolledBackTo ?? null };
}

function noRevision(revision: number): Refused {
  return notFound(`there is no revision ${revision}`, "GET /api/v1/settings/revisions has them all");
}

function newSource(input: ReceivedBy<"addSource">): NewSource {
  const name = input.name as SourceName;
  const tenant = input.tenant === undefined ? {} : { tenant: input.tenant as TenantId };
  if (!/^[a-z0-9][a-z0-9._-]*$/i.test(name))
    throw new Refused("bad-request", "name must be made of letters, digits, dots, hyphens and underscores");
  if ((input.cidrs === undefined) === (input.login === undefined))
    throw new Refused("bad-request", "a source is either address ranges (cidrs) or a login", "give exactly one of the two");
  if (input.login !== undefined)
    return {
      kind: "credential",
      name,
      login: input.login,
      ...tenant,
      ...(input.password === undefined ? {} : { password: input.password }),
    };
  if (input.password !== undefined) throw new Refused("bad-request", "a range has no password");
  return { kind: "range", name, cidrs: input.cidrs ?? [], wide: input.wide, ...tenant };
}
