import { until } from "../../until.ts";
import type { RawAnswer } from "../country/raw-http.ts";
import type { SmallCountry, Watched } from "../country.ts";

/**
 * What comes of a call that the provider has to end, with two seconds to spare. Where the machine stood still for as
 * long as that, the consumer's gateway has ended it by itself, which is another case: then it is made again.
 */
export async function watchInTime(
  country: SmallCountry,
  act: () => Promise<RawAnswer>,
): Promise<Watched<RawAnswer>> {
  for (let tries = 1; ; tries++) {
    const seen = await country.watch(act);
    if (tries === 4 || seen.result.json().hop !== "consumer") return seen;
    const servers = [country.asking, country.answering];
    await until("both have done with it", () =>
      servers.every(({ gateway }) => gateway.health().exchangesRunning === 0),
    );
  }
}
