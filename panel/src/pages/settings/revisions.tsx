/** Each save is a revision: see its effect first, then save; any earlier one can be brought back. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { pathOf } from "../../../../src/control/api/paths.ts";
import { sayProblem } from "../../api/actions.ts";
import { call, type Problem, problemFrom } from "../../api/client.ts";
import { useLoad } from "../../api/load.ts";
import type { AppliedReply, RevisionsReply, SettingsReply } from "../../api/shapes.ts";
import { toast } from "../../frame/notices.ts";
import { Block, NotTaken } from "../../look/blocks.tsx";
import { CliLine } from "../../look/copy.tsx";
import { Field } from "../../look/field.tsx";
import { Foreign } from "../../look/foreign.tsx";
import { momentText } from "../../look/times.ts";
import { Changes } from "./changes.tsx";

type Ready =
  | { readonly what: "save"; readonly applied: AppliedReply }
  | { readonly what: "back"; readonly to: number; readonly applied: AppliedReply };

export function RevisionsTab(): JSX.Element {
  const [turn, setTurn] = useState(0);
  const [ready, setReady] = useState<Ready>();
  const [yaml, setYaml] = useState<string>();
  const [note, setNote] = useState("");
  const [problem, setProblem] = useState<Problem>();
  const now = useLoad("settings", {}, undefined, turn);
  const revisions = useLoad("revisions", {}, undefined, turn);
  const look = async (to: number | undefined): Promise<void> => {
    setProblem(undefined);
    try {
      if (to !== undefined) setReady({ what: "back", to, applied: await call("rollbackSettings", { to, dryRun: true }) });
      else setReady({ what: "save", applied: await call("applySettings", { yaml: yaml ?? "", dryRun: true }) });
    } catch (thrown) {
      setReady(undefined);
      setProblem(problemFrom(thrown));
    }
  };
  const make = async (): Promise<void> => {
    if (ready === undefined) return;
    const words = { note: note.trim() || undefined };
    try {
      const applied =
        ready.what === "back"
          ? await call("rollbackSettings", { to: ready.to, ...words })
          : await call("applySettings", { yaml: yaml ?? "", expect: now.data?.revision, ...words });
      toast({ text: applied.revision === null ? "Nothing differs, so nothing was saved." : `Revision ${applied.revision} is in force.` });
      setReady(undefined);
      setYaml(undefined);
      setNote("");
      setTurn((before) => before + 1);
    } catch (thrown) {
      sayProblem(thrown);
    }
  };
  return (
    <>
      <Block loaded={now}>
        {(settings) => (
          <>
            <p>{inForce(settings)}</p>
            <Edit turn={turn} yaml={yaml} set={setYaml} look={() => void look(undefined)} />
          </>
        )}
      </Block>
      <NotTaken problem={problem} />
      {ready === undefined ? null : (
        <Effect ready={ready} note={note} setNote={setNote} make={() => void make()} leave={() => setReady(undefined)} />
      )}
      <h2>Revisions</h2>
      <Block loaded={revisions}>{(reply) => <RevisionList revisions={reply.revisions} back={(to) => void look(to)} />}</Block>
      <CliLine words="settings export" />
    </>
  );
}

function inForce({ revision, at, by }: SettingsReply): string {
  if (revision === 0) return "Nothing was changed yet: what the configuration file and the program say is in force.";
  return `Revision ${revision} is in force since ${momentText(at)}, by ${by}.`;
}

function Edit({
  yaml,
  set,
  look,
  turn,
}: {
  readonly yaml: string | undefined;
  readonly set: (yaml: string) => void;
  readonly look: () => void;
  readonly turn: number;
}): JSX.Element {
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (yaml !== undefined) return;
    fetch(pathOf("exportSettings"), { credentials: "same-origin" })
      .then(async (answer) => (answer.ok ? set(await answer.text()) : setFailed(true)))
      .catch(() => setFailed(true));
  }, [turn]);
  if (failed) return <p class="red">The settings could not be read as a file. Reload the page.</p>;
  return (
    <>
      <label class="field" style={{ maxWidth: "none" }}>
        <span>Settings as a file</span>
        <textarea rows={12} spellcheck={false} value={yaml ?? ""} onInput={(event) => set(event.currentTarget.value)} />
        <small>Secrets are left out and stay as they are.</small>
      </label>
      <button type="button" onClick={look}>
        See the effect
      </button>
    </>
  );
}

interface EffectProps {
  readonly ready: Ready;
  readonly note: string;
  readonly setNote: (note: string) => void;
  readonly make: () => void;
  readonly leave: () => void;
}

function Effect({ ready, note, setNote, make, leave }: EffectProps): JSX.Element {
  const { changes, effect } = ready.applied;
  return (
    <section class="card" aria-label="Effect">
      <strong>{ready.what === "back" ? `Back to revision ${ready.to} would change:` : "Saving would change:"}</strong>
      <Changes changes={changes} />
      <ul>
        {effect.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <Field label="Note, for the record" value={note} set={setNote} maxLength={500} />
      <div class="acts">
        <button type="button" class="main" disabled={changes.length === 0} onClick={make}>
          {ready.what === "back" ? `Roll back to ${ready.to}` : `Save ${changes.length} ${changes.length === 1 ? "change" : "changes"}`}
        </button>
        <button type="button" onClick={leave}>
          Leave as it is
        </button>
      </div>
    </section>
  );
}

interface ListProps {
  /** Newest first. */
  readonly revisions: RevisionsReply["revisions"];
  readonly back: (to: number) => void;
}

function RevisionList({ revisions, back }: ListProps): JSX.Element {
  if (revisions.length === 0) return <p class="dim">None yet: each save is one, and can be rolled back.</p>;
  return (
    <>
      {revisions.map((one, index) => (
        <RevisionLine key={one.revision} one={one} current={index === 0} back={() => back(one.revision)} />
      ))}
    </>
  );
}

function RevisionLine({
  one,
  current,
  back,
}: {
  readonly one: RevisionsReply["revisions"][number];
  readonly current: boolean;
  readonly back: () => void;
}): JSX.Element {
  const [open, setOpen] = useState(false);
  return (
    <div class="card head">
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <strong>{one.revision}</strong> {momentText(one.at)} by {one.by} · {one.changes} {one.changes === 1 ? "change" : "changes"}
          {one.rolledBackTo === null ? "" : ` · back to ${one.rolledBackTo}`}
          {one.note === null ? null : (
            <>
              {" "}
              · <Foreign text={one.note} />
            </>
          )}
        </summary>
        {open ? <RevisionChanges revision={one.revision} /> : null}
      </details>
      {current ? (
        <span class="dim">in force</span>
      ) : (
        <button type="button" onClick={back}>
          Roll back<span class="hidden"> to {one.revision}</span>
        </button>
      )}
    </div>
  );
}

function RevisionChanges({ revision }: { readonly revision: number }): JSX.Element {
  const loaded = useLoad("revision", { revision });
  return <Block loaded={loaded}>{({ changes }) => <Changes changes={changes} />}</Block>;
}
