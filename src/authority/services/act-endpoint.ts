import type { FastifyInstance } from "fastify";
import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import { addGuardedEndpoints, type GuardedEndpoint } from "../guarded-endpoint.ts";
import { mostSubmissionBytes } from "./act-submission.ts";
import type { Judgement } from "./catalogue-office.ts";

/** What the authority does with an act. */
export interface ActDesk {
  /**
   * @param sent attacker-controlled
   * @returns with the version of the configuration that is published
   * @throws SealwayError why it is refused
   */
  act(sent: Buffer, mode: ActMode): Promise<JudgedAct>;
}

export type ActMode = "for good" | "dry run";

/** `configuration` is null for an act that is taken and could not be published yet: it will be, without being sent again. */
export type JudgedAct = Judgement & { readonly configuration: number | null };

/**
 * `POST /services/acts[?dryRun=1]`: 201 with the version of the configuration that has the act (202 and null while it
 * cannot be published), 200 for a dry run; otherwise a problem (RFC 9457) with every finding. Anybody may call it: what counts is signed.
 */
export function addActEndpoint(server: FastifyInstance, desk: ActDesk, clock: Clock): void {
  const endpoint: GuardedEndpoint = {
    ...{ method: "POST", url: "/services/acts", bodyLimit: mostSubmissionBytes },
    answer: async ({ body, query }) => {
      const mode = modeIn(query);
      const judgement = await desk.act(body, mode);
      const { kind, findings } = judgement;
      if (kind === "refused") {
        const problem = new SealwayError("publication_refused", `${findings.length} findings`);
        return { problem, more: { findings } };
      }
      const { act, configuration } = judgement;
      const status = configuration === null ? 202 : 201;
      return { status: mode === "dry run" ? 200 : status, body: { act, configuration, findings } };
    },
  };
  addGuardedEndpoints(server, [endpoint], clock, { findings: [] });
}

/** @throws SealwayError `bad_request`: who wants a dry run and spells it otherwise must not change anything */
function modeIn(query: { readonly [name: string]: unknown }): ActMode {
  const [name, ...more] = Object.keys(query);
  if (name === undefined) return "for good";
  if (name === "dryRun" && query.dryRun === "1" && more.length === 0) return "dry run";
  throw new SealwayError("bad_request", "the parameter is dryRun=1, once");
}
