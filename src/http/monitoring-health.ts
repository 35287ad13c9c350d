import { type ClientId, memberOf, providerOf } from "../core/ids.ts";
import type { Asker } from "./monitoring-row.ts";
import { type Distribution, type ServiceStatistics, statisticsPeriod } from "./monitoring-statistics.ts";

/**
 * X-Road's health data as JSON: each service that is provided here and that the asker may see, since the start and in
 * the last ten minutes. Lengths of answers depend on persons: they are told to the provider and its own member alone.
 * @param client one provider's services, where told
 */
export function toHealthData(statistics: ServiceStatistics, asker: Asker, client: ClientId | undefined) {
  const services = [...statistics.services].filter((service) => {
    const provider = providerOf(service);
    const isVisible = provider === asker.client || asker.owner === (asker.client as string);
    return isVisible && (client === undefined || provider === client);
  });
  return {
    monitoringStartupTimestamp: statistics.startedAt,
    statisticsPeriodSeconds: statisticsPeriod,
    servicesHealthData: services.map((service) => {
      const last = statistics.last(service);
      const { succeeded, failed, duration, requestSize, responseSize } = statistics.period(service);
      const isProviders = providerOf(service) === asker.client || memberOf(service) === asker.owner;
      return {
        service,
        serviceType: "REST",
        lastSuccessfulRequestTimestamp: last?.success ?? undefined,
        lastUnsuccessfulRequestTimestamp: last?.failure ?? undefined,
        lastPeriodStatistics: {
          successfulRequestCount: succeeded,
          unsuccessfulRequestCount: failed,
          ...named(
            duration,
            "requestMinDuration",
            "requestAverageDuration",
            "requestMaxDuration",
            "requestDurationStdDev",
          ),
          ...named(
            requestSize,
            "requestMinSize",
            "requestAverageSize",
            "requestMaxSize",
            "requestSizeStdDev",
          ),
          ...(isProviders &&
            named(
              responseSize,
              "responseMinSize",
              "responseAverageSize",
              "responseMaxSize",
              "responseSizeStdDev",
            )),
        },
      };
    }),
  };
}

function named(
  distribution: Distribution | null,
  ...[min, average, max, deviation]: readonly [min: string, average: string, max: string, deviation: string]
): Record<string, number> {
  if (distribution === null) return {};
  return {
    [min]: distribution.min,
    [average]: distribution.average,
    [max]: distribution.max,
    [deviation]: distribution.standardDeviation,
  };
}
