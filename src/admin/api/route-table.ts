import { agreementRoutes } from "../use-cases/agreement-requests.ts";
import { auditRoutes } from "../use-cases/audit.ts";
import { caseActRoutes } from "../use-cases/case-acts.ts";
import { caseRoutes } from "../use-cases/cases.ts";
import { catalogueRoutes } from "../use-cases/catalogue.ts";
import { exchangeRoutes } from "../use-cases/exchange.ts";
import { holdRoutes } from "../use-cases/holds.ts";
import { keyWorkRoutes } from "../use-cases/key-work.ts";
import { keyRoutes } from "../use-cases/keys.ts";
import { mandateRoutes } from "../use-cases/mandates.ts";
import { ownRoutes } from "../use-cases/me.ts";
import { memberKeyRoutes } from "../use-cases/member-keys.ts";
import { permissionRoutes } from "../use-cases/permissions.ts";
import { proposalRoutes } from "../use-cases/proposals.ts";
import { recordRoutes } from "../use-cases/records.ts";
import { registrationRoutes } from "../use-cases/registration.ts";
import { restrictionRoutes } from "../use-cases/restrictions.ts";
import { serverRoutes } from "../use-cases/server.ts";
import { serviceActRoutes } from "../use-cases/service-acts.ts";
import { trafficRoutes } from "../use-cases/traffic.ts";
import { tryRoutes } from "../use-cases/try-service.ts";
import { userRoutes } from "../use-cases/users.ts";
import type { Route } from "./route.ts";

/** Everything that somebody who is signed in may ask of the management API: rights, forms, records, documentation. */
export const routes: readonly Route[] = [
  ...ownRoutes,
  ...userRoutes,
  ...keyRoutes,
  ...memberKeyRoutes,
  ...keyWorkRoutes,
  ...mandateRoutes,
  ...permissionRoutes,
  ...caseRoutes,
  ...caseActRoutes,
  ...holdRoutes,
  ...proposalRoutes,
  ...restrictionRoutes,
  ...registrationRoutes,
  ...recordRoutes,
  ...exchangeRoutes,
  ...auditRoutes,
  ...serverRoutes,
  ...serviceActRoutes,
  ...trafficRoutes,
  ...catalogueRoutes,
  ...tryRoutes,
  ...agreementRoutes,
];
