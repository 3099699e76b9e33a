/** The drawing itself, in a chunk of its own with uPlot. */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { StepRow } from "./sparkline.tsx";
import { millisOf, minuteText } from "./times.ts";

const HEIGHT = 200;

export function drawSteps(
  place: HTMLElement,
  steps: readonly StepRow[],
  labels: readonly [accepted: string, settled: string],
  zone: string,
): { destroy(): void } {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const axis = { stroke: colour("--ink-2"), grid: { stroke: colour("--hair"), width: 1 }, ticks: { show: false }, font: "12px system-ui" };
  const minutes = (seconds: number): string => minuteText(new Date(seconds * 1000).toISOString());
  const plot = new uPlot(
    {
      width: Math.max(240, place.clientWidth),
      height: HEIGHT,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
      legend: { show: false },
      cursor: { drag: { x: false, y: false } },
      scales: { y: { range: (_, __, most) => [0, Math.max(1, most)] } },
      axes: [{ ...axis, values: (_, splits) => splits.map(minutes), size: 28 }, axis],
      series: [
        {},
        { label: labels[0], stroke: colour("--ink"), width: 1, points: { show: steps.length < 3 } },
        { label: labels[1], stroke: colour("--blue"), width: 1, fill: `${colour("--blue")}33`, points: { show: steps.length < 3 } },
      ],
    },
    [steps.map((step) => millisOf(step.at) / 1000), steps.map((step) => step.accepted), steps.map((step) => step.settled)],
    place,
  );
  const watcher = new ResizeObserver(() => plot.setSize({ width: Math.max(240, place.clientWidth), height: HEIGHT }));
  watcher.observe(place);
  return {
    destroy: () => {
      watcher.disconnect();
      plot.destroy();
    },
  };
}
