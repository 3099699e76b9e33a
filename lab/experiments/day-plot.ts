/** A day as a picture: messages handed over and arrived, hour by hour, and how long the slowest twentieth took. */
import type { HourFigures } from "./day-ledger.ts";

const WIDTH = 900;
const HEIGHT = 360;
const EDGE = { left: 60, right: 60, top: 40, bottom: 40 };
const BAR = 12;

export function dayPlot(hours: readonly HourFigures[]): string {
  const most = Math.max(1, ...hours.flatMap(({ handed, arrived }) => [handed, arrived]));
  const slowest = Math.max(1_000, ...hours.map(({ p95 }) => (Number.isNaN(p95) ? 0 : p95)));
  const across = (WIDTH - EDGE.left - EDGE.right) / hours.length;
  const x = (hour: number): number => EDGE.left + hour * across;
  const up = (share: number): number => HEIGHT - EDGE.bottom - share * (HEIGHT - EDGE.top - EDGE.bottom);
  const bar = (at: number, count: number, colour: string): string =>
    `<rect x="${at.toFixed(1)}" y="${up(count / most).toFixed(1)}" width="${BAR}" height="${(HEIGHT - EDGE.bottom - up(count / most)).toFixed(1)}" fill="${colour}"/>`;
  const points = hours.filter(({ p95 }) => !Number.isNaN(p95));
  const curve = points.map(
    ({ hour, p95 }, n) => `${n === 0 ? "M" : "L"}${(x(hour) + across / 2).toFixed(1)} ${up(p95 / slowest).toFixed(1)}`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    words(
      EDGE.left,
      22,
      `Messages an hour, handed over and arrived (most: ${most}); 95 % within (most: ${(slowest / 60_000).toFixed(1)} min)`,
    ),
    ...hours.flatMap(({ hour, handed, arrived }) => [bar(x(hour) + 2, handed, "#b8cfe0"), bar(x(hour) + 2 + BAR, arrived, "#1b6ca8")]),
    ...hours.map(({ hour }) => words(x(hour) + 6, HEIGHT - 14, `${hour}`)),
    `<path d="${curve.join("")}" fill="none" stroke="#c8553d" stroke-width="1.6"/>`,
    "</svg>\n",
  ].join("\n");
}

function words(x: number, y: number, text: string): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="#222">${text}</text>`;
}
