import { type MetricEntry, metricsTable } from "../../http/metrics-table.ts";
import { code, table } from "./table.ts";

/** The README's table of metrics: every row of `http/metrics-table.ts`, in its order. */
export function metricTable(): string {
  const rows = Object.entries<MetricEntry>(metricsTable).map(([name, { kind, help, labels }]) => [
    code(name),
    kind,
    Object.entries(labels)
      .map(([label, values]) => `${code(label)}: ${values}`)
      .join("; ") || "–",
    help,
  ]);
  return table(["Metric", "Kind", "Labels", "What"], rows);
}
