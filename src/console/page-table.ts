import { agreementsArea } from "./agreements/agreements-area.ts";
import { catalogueArea } from "./catalogue/catalogue-area.ts";
import { exchangesArea } from "./exchanges/exchanges-area.ts";
import { holdsArea } from "./exchanges/holds-area.ts";
import { configurationArea } from "./members/configuration-area.ts";
import { healthArea } from "./members/health-area.ts";
import { membersArea } from "./members/members-area.ts";
import type { Area } from "./page-route.ts";
import { auditArea } from "./people/audit-area.ts";
import { mandatesArea } from "./people/mandates-area.ts";
import { ownArea } from "./people/own-area.ts";
import { usersArea } from "./people/users-area.ts";
import { registrationArea } from "./registration/registration-area.ts";
import { casesArea, permissionsArea } from "./rights/rights-areas.ts";
import { startArea } from "./start/start-area.ts";

/** Every page of the console, in the order of the navigation. */
export const areas: readonly Area[] = [
  // Everybody
  startArea,
  // Auditors
  exchangesArea,
  holdsArea,
  // Developers and approvers
  catalogueArea,
  agreementsArea,
  permissionsArea,
  casesArea,
  // Administrators
  membersArea,
  registrationArea,
  usersArea,
  mandatesArea,
  auditArea,
  configurationArea,
  healthArea,
  // In no navigation: whoever is signed in comes there by their name
  ownArea,
];
