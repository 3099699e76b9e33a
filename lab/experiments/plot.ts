/** A run as a picture: what a receiver would take, and what each law got through, over time. Logarithmic, from a tenth of the least limit. */
import { type Run, type Scenario, STEP_MS } from "./bottleneck.ts";

const WIDTH = 900;
const HEIGHT = 360;
const EDGE = { left: 60, right: 160, top: 40, bottom: 40 };
const COLOURS = ["#1b6ca8", "#c8553d", "#7a5195", "#6b8e23"];
const HOUR_MS = 3_600_000;
const DECADES = 2;

export function plotOf({ name, caps, phaseMs }: Scenario, runs: readonly Run[]): string {
  const end = caps.length * phaseMs;
  const most = 2 * Math.max(...caps);
  const least = Math.min(...caps) / 10 ** (DECADES / 2);
  const [high, low] = [Math.log10(most), Math.log10(least)];
  const x = (ms: number): number => EDGE.left + (ms / end) * (WIDTH - EDGE.left - EDGE.right);
  const y = (perHour: number): number =>
    EDGE.top + ((high - Math.log10(Math.max(least, perHour))) / (high - low)) * (HEIGHT - EDGE.top - EDGE.bottom);
  const path = (points: readonly (readonly [number, number])[]): string =>
    points.map(([ms, rate], i) => `${i === 0 ? "M" : "L"}${x(ms).toFixed(1)} ${y(rate).toFixed(1)}`).join("");
  const limit = path(caps.flatMap((cap, phase) => [[phase * phaseMs, cap] as const, [(phase + 1) * phaseMs, cap] as const]));
  const curves = runs.map((run, n) => {
    const points = run.steps.map(({ taken }, step) => [(step + 0.5) * STEP_MS, (taken * HOUR_MS) / STEP_MS] as const);
    return line(path(points), COLOURS[n % COLOURS.length] ?? "#000", "1.6");
  });
  const labels = runs.map((run, n) =>
    text(WIDTH - EDGE.right + 12, EDGE.top + 22 + n * 20, run.law, COLOURS[n % COLOURS.length] ?? "#000"),
  );
  const rates = Array.from({ length: Math.floor(high) - Math.ceil(low) + 1 }, (_, n) => 10 ** (Math.ceil(low) + n));
  const hours = Array.from({ length: Math.floor(end / HOUR_MS / 2) + 1 }, (_, n) => 2 * n);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(EDGE.left, 22, `Taken an hour: ${name}`, "#222"),
    ...rates.map(
      (rate) => `${line(path([[0, rate] as const, [end, rate] as const]), "#ddd", "1")}${text(8, y(rate) + 4, String(rate), "#555")}`,
    ),
    ...hours.map((hour) => text(x(hour * HOUR_MS) - 8, HEIGHT - 14, `${hour} h`, "#555")),
    `<path d="${limit}" fill="none" stroke="#222" stroke-width="1.2" stroke-dasharray="5 4"/>`,
    text(WIDTH - EDGE.right + 12, EDGE.top + 2, "the hidden limit", "#222"),
    ...curves,
    ...labels,
    "</svg>\n",
  ].join("\n");
}

function line(path: string, colour: string, width: string): string {
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${width}"/>`;
}

function text(x: number, y: number, words: string, colour: string): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="${colour}">${words.replace(/&/g, "&amp;").replace(/</g, "&lt;")}</text>`;
}
