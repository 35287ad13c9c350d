/** A metric as Prometheus' text format 0.0.4 tells it. */
export interface ScrapedMetric {
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const metricName = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const helpLine = new RegExp(`^# HELP (${metricName}) (\\S.*)$`);
const typeLine = new RegExp(`^# TYPE (${metricName}) (counter|gauge|histogram)$`);
const sampleLine = new RegExp(`^(${metricName})(?:\\{(.*)\\})? (\\S+)$`);
const labelPair = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/;
const number = /^(?:[+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?)|\+Inf|-Inf|NaN)$/;

/**
 * Reads the text as strictly as the format is written: HELP, TYPE and samples of a metric stand together, each line is of
 * its form, no sample stands twice, histograms are cumulative and agree with their count.
 * @throws Error naming the line
 */
export function parsePrometheusText(text: string): ReadonlyMap<string, ScrapedMetric> {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const metrics = new Map<string, { type: string; help: string; samples: Sample[] }>();
  const seen = new Set<string>();
  let current: { name: string; help: string; type?: string } | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    if (line === "") continue;
    const help = helpLine.exec(line);
    const type = typeLine.exec(line);
    if (help !== null) {
      if (metrics.has(help[1]!)) throw new Error(`twice: ${line}`);
      current = { name: help[1]!, help: help[2]! };
    } else if (type !== null) {
      if (current?.name !== type[1] || metrics.has(type[1]!)) throw new Error(`out of place: ${line}`);
      metrics.set(type[1]!, { type: type[2]!, help: current!.help, samples: [] });
    } else {
      const sample = parseSample(line);
      const metric = metrics.get(current?.name ?? "");
      if (metric === undefined || !belongs(sample.name, current!.name, metric.type))
        throw new Error(`out of place: ${line}`);
      const key = JSON.stringify([sample.name, Object.entries(sample.labels).toSorted()]);
      if (seen.has(key)) throw new Error(`twice: ${line}`);
      seen.add(key);
      metric.samples.push(sample);
    }
  }
  for (const [name, { type, samples }] of metrics) if (type === "histogram") checkHistogram(name, samples);
  return metrics;
}

/** The value of the one sample with these labels, 0 when there is none. */
export function figureOf(
  metrics: ReadonlyMap<string, ScrapedMetric>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const metric = name.replace(/_(?:bucket|sum|count)$/, "");
  const samples = (metrics.get(name) ?? metrics.get(metric))?.samples.filter((sample) => {
    return (
      sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value)
    );
  });
  return (samples ?? []).reduce((sum, { value }) => sum + value, 0);
}

function parseSample(line: string): Sample {
  const [, name, inner, value] = sampleLine.exec(line) ?? [];
  if (name === undefined || !number.test(value!)) throw new Error(`no sample: ${line}`);
  const labels: Record<string, string> = {};
  for (let rest = inner ?? ""; rest !== ""; ) {
    const pair = labelPair.exec(rest);
    if (pair === null || pair[1]! in labels) throw new Error(`no labels: ${line}`);
    labels[pair[1]!] = pair[2]!.replaceAll(/\\(.)/g, (_, escaped) => (escaped === "n" ? "\n" : escaped));
    rest = rest.slice(pair[0].length);
  }
  return { name, labels, value: Number(value!.replace("Inf", "Infinity")) };
}

function belongs(sample: string, metric: string, type: string): boolean {
  const endings = type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
  return endings.some((ending) => sample === metric + ending);
}

function checkHistogram(name: string, samples: readonly Sample[]): void {
  const series = Map.groupBy(samples, ({ labels }) => {
    return JSON.stringify(Object.entries(labels).filter(([label]) => label !== "le"));
  });
  for (const [labels, of] of series) {
    const buckets = of.filter((sample) => sample.name === `${name}_bucket`);
    const values = buckets.map(({ value }) => value);
    const bounds = buckets.map((sample) => Number(sample.labels.le!.replace("Inf", "Infinity")));
    const count = of.find((sample) => sample.name === `${name}_count`)?.value;
    const isAscending = (list: readonly number[]) =>
      list.every((value, i) => i === 0 || value >= list[i - 1]!);
    if (!isAscending(values) || !isAscending(bounds) || bounds.at(-1) !== Infinity || values.at(-1) !== count)
      throw new Error(`${name}${labels} is no histogram`);
  }
}
