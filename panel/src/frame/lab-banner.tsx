/** On every page of a node that stands in a simulated internet: that it does, what time it is there, what just happened. */
import type { JSX } from "preact";
import { lab, setClock } from "../api/lab.ts";
import { wallNow } from "../look/clock.ts";
import { now, secondText } from "../look/times.ts";
import { maySteer } from "./pages.ts";

/** Until the lab was asked. */
const SIMULATED = "SIMULATED internet. Nothing leaves this machine.";

export function LabBanner(): JSX.Element {
  const state = lab.value;
  const beat = state?.beats.at(-1);
  return (
    <section class="banner" aria-label="Simulated internet">
      <div class="acts">
        <strong>{state?.banner ?? SIMULATED}</strong>
        {state === undefined ? null : (
          <>
            <Time paused={state.paused} speed={state.speed} />
            {maySteer() ? (
              <button type="button" onClick={() => void setClock({ order: state.paused ? "resume" : "pause" })}>
                {state.paused ? "Go on" : "Pause"}
              </button>
            ) : null}
            <a href="#/lab">{maySteer() ? "Make trouble" : "What goes on there"}</a>
          </>
        )}
      </div>
      {beat === undefined ? null : (
        <div class="meta">
          {secondText(beat.at)} {beat.caption} {beat.show === null ? null : <a href={beat.show}>Show me</a>}
        </div>
      )}
    </section>
  );
}

function Time({ paused, speed }: { readonly paused: boolean; readonly speed: number }): JSX.Element {
  void now.value; // each second
  return (
    <span>
      {secondText(new Date(wallNow()).toISOString())}, {paused ? "stands still" : `×${speed}`}
    </span>
  );
}
