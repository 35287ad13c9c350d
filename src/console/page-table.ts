import type { Area } from "./page-route.ts";
import { usersArea } from "./people/users-area.ts";
import { startArea } from "./start/start-area.ts";

/** Every page of the console, in the order of the navigation. */
export const areas: readonly Area[] = [startArea, usersArea];
