/** uPlot, loaded when a chart is first shown. Below it stands the same as a table. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { StepRow } from "./sparkline.tsx";
import { minuteText, zone } from "./times.ts";

interface Props {
  readonly steps: readonly StepRow[];
  readonly title: string;
  readonly labels: readonly [accepted: string, settled: string];
}

export function Chart({ steps, title, labels }: Props): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const here = place.current;
    if (here === null || steps.length < 2) return;
    let gone = false;
    let plot: { destroy(): void } | undefined;
    void import("./plot.ts").then(({ drawSteps }) => {
      if (!gone) plot = drawSteps(here, steps, labels, zone.value);
    });
    return () => {
      gone = true;
      plot?.destroy();
    };
  }, [steps, zone.value]);
  return (
    <figure class="card">
      <figcaption class="meta">
        {title}: line {labels[0]}, area {labels[1]}
      </figcaption>
      <div ref={place} class="chart" aria-hidden="true" />
      <details>
        <summary>As a table</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col" class="num">
                {labels[0]}
              </th>
              <th scope="col" class="num">
                {labels[1]}
              </th>
            </tr>
          </thead>
          <tbody>
            {steps.map((step) => (
              <tr key={step.at}>
                <td>{minuteText(step.at)}</td>
                <td class="num">{step.accepted}</td>
                <td class="num">{step.settled}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}
