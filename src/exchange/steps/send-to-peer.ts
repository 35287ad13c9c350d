import type { ConsumerExchange } from "../consumer-exchange.ts";
import { required } from "../required.ts";

/** Step 8: sends what is recorded to the provider's security server. */
export async function sendToPeer(x: ConsumerExchange): Promise<void> {
  required(x.recorded);
  const { document } = x.request;
  x.times.leave();
  x.peerAnswer = await x.services.peers.send({
    to: required(x.to),
    message: x.request,
    body: x.body,
    deadline: document.deadline,
    sentAt: document.ts,
  });
  x.times.comeBack();
}
