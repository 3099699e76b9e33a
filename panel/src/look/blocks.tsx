/** The states of a block: loading (its room kept), empty (teaches), failed (repairs, last data stays, dimmed). */
import type { ComponentChildren, JSX } from "preact";
import type { Problem } from "../api/client.ts";
import type { Loaded } from "../api/load.ts";
import { momentText } from "./times.ts";

export function Empty({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return <div class="empty">{children}</div>;
}

export function ProblemNote({
  problem,
  retry,
  since,
}: {
  readonly problem: Problem;
  readonly retry?: () => void;
  readonly since?: string | undefined;
}): JSX.Element {
  if (isAbsence(problem)) return <Absent problem={problem} />;
  return (
    <div class="problem" role="alert">
      <p>
        <strong>{problem.text}</strong>
        {problem.fix === null ? "" : ` ${problem.fix}`}
        {since === undefined ? "" : ` Shown below: as of ${since}.`}
      </p>
      {retry === undefined ? null : (
        <button type="button" onClick={retry}>
          Retry
        </button>
      )}
    </div>
  );
}

/** Why a form was not taken, beside it. */
export function NotTaken({ problem }: { readonly problem: Problem | undefined }): JSX.Element | null {
  if (problem === undefined) return null;
  return (
    <p role="alert" class="red">
      {problem.text} {problem.fix}
    </p>
  );
}

/** Not there, and asking again would not bring it: a node may be put together without a part. */
export function isAbsence({ status }: Problem): boolean {
  return status === 404;
}

function Absent({ problem: { text, fix } }: { readonly problem: Problem }): JSX.Element {
  return (
    <Empty>
      <p>
        <strong>{`${text.charAt(0).toUpperCase()}${text.slice(1)}.`}</strong>
        {fix === null ? "" : ` ${fix.charAt(0).toUpperCase()}${fix.slice(1)}.`}
      </p>
    </Empty>
  );
}

/** Shows `children` of the data, whatever state it is in. Room for it is kept while it loads. */
export function Block<T>({
  loaded,
  children,
}: {
  readonly loaded: Loaded<T>;
  readonly children: (data: T) => ComponentChildren;
}): JSX.Element {
  const { data, at, problem, reload } = loaded;
  return (
    <>
      {problem === undefined ? null : (
        <ProblemNote problem={problem} retry={reload} since={data === undefined ? undefined : momentText(at ?? null)} />
      )}
      {data === undefined ? (
        problem === undefined ? (
          <div class="kept" aria-busy="true">
            <span class="meta">Loading</span>
          </div>
        ) : null
      ) : (
        <div class={problem === undefined ? "" : "old"}>{children(data)}</div>
      )}
    </>
  );
}
