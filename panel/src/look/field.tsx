/** A line of a form: what is asked for, and where it is typed. */
import type { InputHTMLAttributes, JSX } from "preact";

type Props = InputHTMLAttributes<HTMLInputElement> & {
  readonly label: string;
  readonly value: string;
  readonly set: (text: string) => void;
};

export function Field({ label, value, set, ...input }: Props): JSX.Element {
  return (
    <label class="field">
      <span>{label}</span>
      <input {...input} value={value} onInput={(event) => set(event.currentTarget.value)} />
    </label>
  );
}
