/** A line of little bars beside its number. A zero keeps a hair of height, so that one sees how far the line goes. */
import type { JSX } from "preact";

export interface StepRow {
  readonly at: string;
  readonly accepted: number;
  readonly settled: number;
}

export function Sparkline({ steps, title }: { readonly steps: readonly StepRow[]; readonly title: string }): JSX.Element {
  const most = Math.max(1, ...steps.map((step) => step.accepted));
  const width = 6;
  return (
    <svg class="spark" viewBox={`0 0 ${Math.max(1, steps.length) * width} 40`} preserveAspectRatio="none" role="img" aria-label={title}>
      {steps.map((step, index) => {
        const height = (step.accepted / most) * 38;
        return <rect key={step.at} x={index * width} y={40 - height} width={width - 1} height={Math.max(height, 1)} fill="currentColor" />;
      })}
    </svg>
  );
}
