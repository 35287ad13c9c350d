import { exchangesArea } from "./exchanges/exchanges-area.ts";
import type { Area } from "./page-route.ts";
import { auditArea } from "./people/audit-area.ts";
import { mandatesArea } from "./people/mandates-area.ts";
import { ownArea } from "./people/own-area.ts";
import { usersArea } from "./people/users-area.ts";
import { startArea } from "./start/start-area.ts";

/** Every page of the console, in the order of the navigation. */
export const areas: readonly Area[] = [startArea, exchangesArea, usersArea, mandatesArea, auditArea, ownArea];
