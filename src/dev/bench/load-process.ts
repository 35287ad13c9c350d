import { answerOrders } from "./child.ts";
import { runLoad } from "./closed-loop.ts";
import type { Order } from "./load-order.ts";
import { runTransfer } from "./transfer.ts";

/*
 * The load generator, a process of its own so that its work is not counted as anybody else's.
 */
answerOrders<Order, unknown>((order) => (order.kind === "load" ? runLoad(order) : runTransfer(order)));
