/** The simulated internet: buttons that make something go wrong there, what does so now, and what happened by itself. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { me } from "../../api/client.ts";
import { type Lab, lab, makeTrouble, type Place, setClock, type Trouble, type TroubleKind } from "../../api/lab.ts";
import { maySteer } from "../../frame/pages.ts";
import { Empty } from "../../look/blocks.tsx";
import { Foreign } from "../../look/foreign.tsx";
import { minuteText, secondText } from "../../look/times.ts";

export function LabPage(): JSX.Element {
  const state = lab.value;
  if (state === undefined && me.value?.lab) return <div class="kept" aria-busy="true" />;
  if (state === undefined)
    return (
      <>
        <h1>A simulated internet</h1>
        <Empty>
          <p>This node stands in the real one. A simulated one, with receivers to play with, beside it:</p>
          <pre>./fairlead up --lab</pre>
        </Empty>
      </>
    );
  return (
    <>
      <h1>{sentence(state)}</h1>
      {maySteer() ? <Buttons places={state.places} /> : null}
      <Troubles troubles={state.troubles} />
      <Beats state={state} />
      <Facts state={state} />
    </>
  );
}

function sentence({ troubles }: Lab): string {
  if (troubles.length === 0) return "All is well in the simulated internet.";
  return troubles.length === 1
    ? "1 thing goes wrong in the simulated internet."
    : `${troubles.length} things go wrong in the simulated internet.`;
}

const KINDS: readonly TroubleKind[] = ["throttle", "kill", "dns", "tls"];

function words(what: TroubleKind, name: string): string {
  switch (what) {
    case "throttle":
      return `Make ${name} throttle`;
    case "kill":
      return `Kill a host of ${name}`;
    case "dns":
      return `Break DNS of ${name}`;
    case "tls":
      return `Break TLS of ${name}`;
  }
}

/** One of each kind, at the place that can have it and is chosen, or the first that can. */
function Buttons({ places }: { readonly places: readonly Place[] }): JSX.Element {
  const [chosen, choose] = useState("");
  const placeFor = (what: TroubleKind): Place | undefined => {
    const able = places.filter(({ can }) => can.includes(what));
    return able.find(({ key }) => key === chosen) ?? (chosen === "" ? able[0] : undefined);
  };
  return (
    <div class="card">
      <div class="form-row">
        <label class="field">
          <span>Where</span>
          <select value={chosen} onChange={(event) => choose(event.currentTarget.value)}>
            <option value="">wherever it is seen best</option>
            {places.map(({ key, name, domains }) => (
              <option key={key} value={key}>
                {name === domains[0] ? name : `${name} (${domains.slice(0, 3).join(", ")})`}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div class="acts">
        {KINDS.flatMap((what) => {
          const place = placeFor(what);
          return place === undefined
            ? []
            : [
                <button key={what} type="button" onClick={() => void makeTrouble({ what, at: place.key })}>
                  {words(what, place.name)}
                </button>,
              ];
        })}
        <button type="button" onClick={() => void makeTrouble({ what: "mend" })}>
          Mend everything
        </button>
      </div>
    </div>
  );
}

function Troubles({ troubles }: { readonly troubles: readonly Trouble[] }): JSX.Element {
  return (
    <>
      <h2>What goes wrong now</h2>
      {troubles.length === 0 ? <p class="dim">Nothing.</p> : null}
      {troubles.map((trouble) => (
        <div class="card head" key={`${trouble.what} ${trouble.at}`}>
          <div>
            <Foreign text={trouble.says} />
            <br />
            <span class="meta">
              since {secondText(trouble.since)}
              {trouble.until === null ? " until it is mended" : ` until ${minuteText(trouble.until)}`}
            </span>
          </div>
          <div class="acts">
            {trouble.show === null ? null : (
              <a class="button" href={trouble.show}>
                Show me<span class="hidden"> what it does: {trouble.name}</span>
              </a>
            )}
            {maySteer() ? (
              <button type="button" onClick={() => void makeTrouble({ what: "mend", at: trouble.at })}>
                Mend<span class="hidden"> {trouble.name}</span>
              </button>
            ) : null}
          </div>
        </div>
      ))}
    </>
  );
}

function Beats({ state: { beats, beatsLeft } }: { readonly state: Lab }): JSX.Element {
  return (
    <>
      <h2>What happened there</h2>
      <ol class="beats">
        {beats.toReversed().map(({ at, caption, show }) => (
          <li key={`${at} ${caption}`}>
            <time class="mono" dateTime={at}>
              {secondText(at)}
            </time>{" "}
            {caption} {show === null ? null : <a href={show}>Show me</a>}
          </li>
        ))}
      </ol>
      {beatsLeft === 0 ? null : <p class="dim">{beatsLeft === 1 ? "1 thing is" : `${beatsLeft} things are`} still to come.</p>}
    </>
  );
}

const SPEEDS = [1, 5, 20, 60];
/** So far behind its own time that one sees it. */
const BEHIND_MS = 60_000;

function Facts({ state }: { readonly state: Lab }): JSX.Element {
  return (
    <>
      <h2>How it runs</h2>
      {maySteer() ? (
        <div class="acts">
          {SPEEDS.map((speed) => (
            <button
              key={speed}
              type="button"
              aria-pressed={!state.paused && state.speed === speed}
              onClick={() => void setClock({ order: "speed", speed })}
            >
              ×{speed}
              <span class="hidden"> speed</span>
            </button>
          ))}
        </div>
      ) : null}
      <p>
        Seed <span class="mono">{state.seed}</span>: the same seed plays the same day again, so every figure comes from it. Receivers, their
        limits and their lists are our model of real ones.
        {state.behindMs > BEHIND_MS ? ` It lost ${Math.round(state.behindMs / 60_000)} min of its time, because this machine is busy.` : ""}
      </p>
    </>
  );
}
