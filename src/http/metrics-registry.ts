import { type Metric, Registry } from "prom-client";
import { CounterCell, HistogramCell } from "./metrics-cells.ts";
import { type Labels, type MetricEntry, type MetricName, metricsTable } from "./metrics-table.ts";

type LabelValues = Readonly<Record<string, string>>;

/** A line of the text that is scraped. */
interface Sample {
  readonly metricName?: string;
  readonly labels: LabelValues;
  readonly value: number;
}

/** A figure that is looked up when somebody scrapes. */
export interface Reading<Name extends MetricName> {
  readonly labels: Labels<Name>;
  readonly value: number;
}

type Names<Kind extends MetricEntry["kind"]> = {
  [Name in MetricName]: (typeof metricsTable)[Name]["kind"] extends Kind ? Name : never;
}[MetricName];

/**
 * The metrics of `metrics-table.ts` with their figures. Counting goes to cells that their owners keep: the library's
 * own counters look labels up and check them at each count, 0.3 µs a time; it writes the text here.
 */
export class MetricsRegistry {
  readonly #registry = new Registry();
  readonly #samples = new Map<MetricName, (() => readonly Sample[])[]>();
  readonly contentType = this.#registry.contentType;

  constructor() {
    for (const [name, entry] of Object.entries(metricsTable) as [MetricName, MetricEntry][]) {
      const sources: (() => readonly Sample[])[] = [];
      this.#samples.set(name, sources);
      const get = async () => ({
        ...{ name, help: entry.help, type: entry.kind, aggregator: "sum" },
        values: sources.flatMap(samplesOf),
      });
      // A metric is what has a name and `get`; the library's types know its own classes alone.
      this.#registry.registerMetric({ name, get } as unknown as Metric);
    }
  }

  /** A new cell of a counter. */
  counter<Name extends Names<"counter">>(name: Name, labels: Labels<Name>): CounterCell {
    const cell = new CounterCell();
    this.#add(name, () => [{ labels, value: cell.value }]);
    return cell;
  }

  /** A new cell of a histogram. */
  histogram<Name extends Names<"histogram">>(name: Name, labels: Labels<Name>): HistogramCell {
    const cell = new HistogramCell(metricsTable[name].buckets);
    this.#add(name, () => histogramSamples(name, labels, cell));
    return cell;
  }

  /** Has figures looked up at each scrape; what is not known then has no line. */
  read<Name extends Names<"gauge" | "counter">>(name: Name, readings: () => readonly Reading<Name>[]): void {
    this.#add(name, readings as () => readonly Sample[]);
  }

  /** What is scraped: Prometheus' text format 0.0.4. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #add(name: MetricName, samples: () => readonly Sample[]): void {
    this.#samples.get(name)?.push(samples);
  }
}

/** One figure that cannot be had does not cost the others. */
function samplesOf(samples: () => readonly Sample[]): readonly Sample[] {
  try {
    return samples();
  } catch {
    return [];
  }
}

function histogramSamples(name: string, labels: LabelValues, cell: HistogramCell): Sample[] {
  const counts = cell.cumulative();
  const count = counts.at(-1) as number;
  const buckets = counts.map((value, i) => ({
    metricName: `${name}_bucket`,
    labels: { ...labels, le: i < cell.bounds.length ? `${cell.bounds[i]}` : "+Inf" },
    value,
  }));
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: cell.sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
