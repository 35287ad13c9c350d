import type { OfficerKey, RegistrationDesk, RegistrationSaid } from "../../admin/registration-desk.ts";
import type { Clock } from "../../core/clock.ts";
import { SealwayError } from "../../core/errors.ts";
import { loadAnchor } from "../../trust/anchor.ts";
import { listRegistrationRequests, showRegistrationRequest } from "../registration.ts";
import type { ServerConfiguration } from "../server-configuration.ts";
import { officerSigner } from "./officer-signer.ts";
import { orderServer } from "./order-server.ts";
import { decide, queryOf, type RegistrationOrder, toldAnswer, toldList } from "./registration-office.ts";

/**
 * Registration requests: of members by the order socket, since the running server has their seals; of officers of the
 * governing authority by their own keys, which lie beside the configuration and are opened for one signature.
 */
export function registrationDesk(configuration: ServerConfiguration, clock: Clock): RegistrationDesk {
  const { mirrors, stateDirectory } = configuration;
  const officers = configuration.management?.officers ?? [];
  const order = <Taken>(one: RegistrationOrder) => orderServer<RegistrationSaid<Taken>>(stateDirectory, one);
  const signerOf = (officer: OfficerKey) => officerSigner(configuration, officer);
  return {
    list: (member, show) => order({ order: "registration list", member, show }),
    show: async (id) => toldAnswer(await showRegistrationRequest(mirrors, id)),
    request: (member, changes, note) => {
      const noted = note === undefined ? {} : { note };
      return order({ order: "registration request", member, changes: changes as never, ...noted });
    },
    sign: (member, id) => order({ order: "registration sign", member, id }),
    withdraw: (member, id) => order({ order: "registration withdraw", member, id }),
    isOfficer: (user) => officers.some((one) => one.user === user),
    queue: async (officer, show) => {
      const { instance } = await loadAnchor(configuration.anchor);
      const query = queryOf(instance, clock, show);
      return toldList(await listRegistrationRequests(mirrors, await signerOf(officer), query));
    },
    decide: async (officer, id, sha256, said) => {
      const shown = await showRegistrationRequest(mirrors, id);
      if (shown.kind === "refused") return shown;
      const { sha256: now } = (toldAnswer(shown) as { readonly taken: { readonly sha256: string } }).taken;
      // An officer decides on what they read, not on what a mirror shows now.
      if (now !== sha256)
        throw new SealwayError("changed_meanwhile", "the request is not the one that was read");
      return toldAnswer(await decide(mirrors, await signerOf(officer), shown.taken, clock, said));
    },
  };
}
