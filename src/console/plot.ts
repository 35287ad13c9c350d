import { type Child, type Html, html } from "../web/html.ts";
import { table } from "./table.ts";
import type { Visit } from "./visit.ts";

/** A row of values over time. */
export interface Series {
  readonly label: string;
  /** Class of the style sheet, which gives the colour. */
  readonly tone: "good" | "warn" | "bad" | "main" | "quiet";
  readonly values: readonly (number | null)[];
}

export interface Plot {
  /** Of the page, unique there. */
  readonly id: string;
  readonly title: string;
  /** What a value is called in the table that says the same. */
  readonly unit: string;
  /** Of each value: when, in words. */
  readonly times: readonly string[];
  readonly timeLabel: string;
  readonly series: readonly Series[];
  /** What opens the table. */
  readonly asTable: string;
}

const [width, height, left, bottom, top] = [720, 200, 56, 24, 8] as const;
const inner = { width: width - left - 8, height: height - bottom - top };

/** Bars that stand on each other, one for each time; the same as a table below. */
export function stackedBars(visit: Visit, plot: Plot): Html {
  const sums = plot.times.map((_, i) => plot.series.reduce((sum, { values }) => sum + (values[i] ?? 0), 0));
  const most = ceiling(Math.max(1, ...sums));
  const step = inner.width / Math.max(1, plot.times.length);
  const bars: Html[] = [];
  for (const [i] of plot.times.entries()) {
    let y = top + inner.height;
    for (const { tone, values } of plot.series) {
      const tall = ((values[i] ?? 0) / most) * inner.height;
      if (tall === 0) continue;
      y -= tall;
      bars.push(
        html`<rect class="${tone}" x="${round(left + i * step)}" y="${round(y)}" width="${round(step * 0.85)}" height="${round(tall)}"/>`,
      );
    }
  }
  return drawn(visit, plot, most, bars);
}

/** A line for each series, broken where there is no value; the same as a table below. */
export function lines(visit: Visit, plot: Plot): Html {
  const all = plot.series.flatMap(({ values }) => values.filter((value) => value !== null));
  const most = ceiling(Math.max(1, ...all));
  const step = inner.width / Math.max(1, plot.times.length);
  const paths = plot.series.map(({ tone, values }) => {
    const places = values.map((value, i): Place | null =>
      value === null
        ? null
        : [round(left + (i + 0.5) * step), round(top + inner.height * (1 - value / most))],
    );
    const path = places.map((place, i) => segment(place, places[i - 1] ?? null)).join("");
    const isAlone = (i: number) => (places[i - 1] ?? null) === null && (places[i + 1] ?? null) === null;
    const dots = places.map((place, i) => (place !== null && isAlone(i) ? dot(tone, place) : null));
    return html`<path class="line ${tone}" d="${path === "" ? "M0 0" : path}"/>${dots}`;
  });
  return drawn(visit, plot, most, paths);
}

type Place = readonly [x: number, y: number];

function segment(place: Place | null, before: Place | null): string {
  return place === null ? "" : `${before === null ? "M" : "L"}${place.join(" ")}`;
}

/** A value on its own. */
function dot(tone: Series["tone"], [x, y]: Place): Html {
  return html`<circle class="${tone}" cx="${x}" cy="${y}" r="3"/>`;
}

function drawn(visit: Visit, plot: Plot, most: number, shapes: readonly Html[]): Html {
  const { id, times, series, unit } = plot;
  const title = unit === "" ? plot.title : `${plot.title} (${unit})`;
  const marks = [0, most / 2, most].map((value) => {
    const y = round(top + inner.height * (1 - value / most));
    return html`<path class="grid" d="M${left} ${y}H${width}"/><text x="${left - 6}" y="${y + 4}" text-anchor="end">${value}</text>`;
  });
  const ends = [times[0], times[Math.floor(times.length / 2)], times.at(-1)];
  const anchors = ["start", "middle", "end"] as const;
  const labels = ends.map((label, i) => {
    const x = round(left + (inner.width * i) / 2);
    return html`<text x="${x}" y="${height - 6}" text-anchor="${anchors[i]}">${label}</text>`;
  });
  const legend = series.map(
    ({ label, tone }) => html`<li><span class="swatch ${tone}" aria-hidden="true"></span> ${label}</li>`,
  );
  return html`<figure><figcaption>${title}</figcaption>
<svg class="plot" role="img" aria-labelledby="${id}" viewbox="0 0 ${width} ${height}"><title id="${id}">${title}</title>
${marks}${labels}${shapes}</svg>
<ul class="legend">${legend}</ul>
<details><summary>${plot.asTable}</summary>${asTable(visit, plot)}</details></figure>`;
}

function asTable(visit: Visit, { series, timeLabel, times, title, unit }: Plot): Html {
  const heads = [timeLabel, ...series.map(({ label }) => `${label}${unit === "" ? "" : ` (${unit})`}`)];
  const rows = times
    .map((time, i): Child[] => [time, ...series.map(({ values }) => values[i] ?? "–")])
    .filter((_, i) => series.some(({ values }) => (values[i] ?? 0) !== 0));
  return table(visit, title, heads, rows);
}

/** The next round number: 1, 2, 2.5 or 5 times a power of ten. */
function ceiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].map((times) => times * power).find((one) => one >= value)!;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
