/** In which state a way out is to be. */
import type { JSX } from "preact";
import type { EgressRow } from "../../api/shapes.ts";
import { STATES } from "./tabs.tsx";

type State = EgressRow["state"];

export function StateField({ value, set }: { readonly value: State; readonly set: (state: State) => void }): JSX.Element {
  return (
    <label class="field">
      <span>State</span>
      <select
        value={value}
        onChange={(event) => {
          if (isState(event.currentTarget.value)) set(event.currentTarget.value);
        }}
      >
        {Object.entries(STATES).map(([state, words]) => (
          <option key={state} value={state}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

function isState(text: string): text is State {
  return Object.hasOwn(STATES, text);
}
