/** A line of a form: what is asked for, where it is typed, and why it was not taken. */
import type { ComponentChildren, InputHTMLAttributes, JSX } from "preact";
import { useId } from "preact/hooks";
import type { Problem } from "../api/client.ts";

type Props = InputHTMLAttributes<HTMLInputElement> & {
  readonly label: string;
  readonly value: string;
  readonly set: (text: string) => void;
  /** What helps to fill it in. */
  readonly hint?: ComponentChildren;
  readonly wrong?: string | undefined;
};

export function Field({ label, value, set, hint, wrong, ...input }: Props): JSX.Element {
  const told = useId();
  const refused = wrong === undefined ? {} : { "aria-invalid": true, "aria-describedby": told };
  return (
    <label class="field">
      <span>{label}</span>
      <input {...input} {...refused} value={value} onInput={(event) => set(event.currentTarget.value)} />
      {hint === undefined ? null : <small>{hint}</small>}
      {wrong === undefined ? null : (
        <small id={told} class="red" role="alert">
          {wrong}
        </small>
      )}
    </label>
  );
}

/** The API's sentence about a field begins with the field's name; what is about none of them is for the form as a whole. */
export function wrongOf(problem: Problem | undefined, name: string): string | undefined {
  if (problem === undefined || !isAbout(problem, name)) return undefined;
  return problem.fix === null ? problem.text : `${problem.text}: ${problem.fix}`;
}

export function aboutNone(problem: Problem | undefined, names: readonly string[]): Problem | undefined {
  return problem !== undefined && names.some((name) => isAbout(problem, name)) ? undefined : problem;
}

function isAbout({ text }: Problem, name: string): boolean {
  return text.startsWith(`${name} `) || text.startsWith(`${name}[`);
}
