import { once } from "node:events";
import { createServer } from "node:http";
import type { ChallengeAnswers } from "../../pki/acme/obtain-certificate.ts";

const prefix = "/.well-known/acme-challenge/";

/** A door for the CA alone, open while it looks: plain HTTP, as it must be (RFC 8555 §8.3). */
export interface ChallengeDoor extends ChallengeAnswers {
  close(): Promise<void>;
}

/** @throws Error of the system when the port is taken */
export async function openChallengeDoor(host: string, port: number): Promise<ChallengeDoor> {
  const answers = new Map<string, string>();
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 10_000 }, (request, response) => {
    const token = request.url?.startsWith(prefix) ? request.url.slice(prefix.length) : "";
    const answer = answers.get(token);
    response.setHeader("connection", "close");
    if (answer === undefined) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": "application/octet-stream" }).end(answer);
  });
  server.maxConnections = 100;
  await once(server.listen(port, host), "listening");
  return {
    answer: (token, keyAuthorization) => void answers.set(token, keyAuthorization),
    close: async () => {
      server.closeAllConnections();
      await once(server.close(), "close");
    },
  };
}
