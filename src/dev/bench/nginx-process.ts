import { answerOrders } from "./child.ts";
import { startNginx } from "./nginx.ts";

/*
 * What holds nginx: however the benchmark ends, this process ends with it and takes nginx along.
 */
answerOrders(startNginx);
