import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { databaseFile } from "../../store/sqlite/log-files.ts";
import { logDirectory, readerOnceThere } from "../log-store.ts";
import { hasRoomForOrders } from "../order-socket.ts";
import { remedyOf } from "./examine-trust.ts";
import { broken, type Examined, type Finding, warning, wordsOf } from "./finding.ts";

/** Whether the log can be read, its newest batch included. */
export async function examineDatabase({ configuration, clock }: Examined): Promise<Finding[]> {
  const { postgresql, stateDirectory } = configuration;
  const place =
    postgresql === undefined
      ? join(logDirectory(stateDirectory), databaseFile)
      : `${postgresql.database} at ${postgresql.host}:${postgresql.port}`;
  try {
    const reader = (await readerOnceThere(configuration))();
    try {
      await reader?.writers();
      const waits = (await reader?.unsealed(1))?.oldestBeyond;
      const hours = waits === undefined ? 0 : (clock.now() - waits) / 3_600_000;
      if (hours < 1) return [];
      const why = "They prove less until they are; beyond the instance's limit exchanges are refused.";
      const what = `messages have waited ${Math.floor(hours)} hours for their time-stamp`;
      return [warning(what, why, "Start the server, and look at the time-stamping authorities.")];
    } finally {
      reader?.close();
    }
  } catch (error) {
    const why = "A message that cannot be kept is not sent: all exchanges are refused.";
    const remedy = remedyOf(
      error,
      "`sealway log check` names each damage; `sealway restore` puts a backup in the place of a log that is lost.",
    );
    return [broken(`the message log, ${place}, cannot be read: ${wordsOf(error)}`, why, remedy)];
  }
}

/** Whether the ports are the server's own, or free when it does not run. */
export async function examinePorts({ configuration, running, takesOrders }: Examined): Promise<Finding[]> {
  const { server, healthInterface } = configuration;
  if (running !== undefined && running.server !== server) {
    const what = `${running.server} answers at the health interface, ${healthInterface.host}:${healthInterface.port}`;
    return [broken(what, inTheWay, "Give one of the two servers other ports.")];
  }
  if (running !== undefined || takesOrders) return [];
  const { consumerInterface, peerInterface } = configuration;
  const ports = [
    ["consumerInterface.httpPort", consumerInterface.host, consumerInterface.httpPort],
    ["consumerInterface.httpsPort", consumerInterface.host, consumerInterface.httpsPort],
    ["peerInterface.port", peerInterface.host, peerInterface.port],
    ["healthInterface.port", healthInterface.host, healthInterface.port],
  ] as const;
  const found = ports.map(([name, host, port]) => (port === null ? [] : examinePort(name, host, port)));
  return (await Promise.all(found)).flat();
}

const inTheWay = "The server cannot start.";

const portRemedies: Readonly<Record<string, string>> = {
  EADDRINUSE: "Stop what listens there (`ss -ltnp` names it), or take another port.",
  EACCES: "Ports below 1024 need the capability CAP_NET_BIND_SERVICE; or take a higher one.",
  EADDRNOTAVAIL: "Name an address that this machine has.",
};

async function examinePort(name: string, host: string, port: number): Promise<Finding[]> {
  const listener = createServer().listen(port, host);
  try {
    await once(listener, "listening");
    await once(listener.close(), "close");
    return [];
  } catch (error) {
    const remedy = portRemedies[(error as NodeJS.ErrnoException).code ?? ""] ?? "Look at host and port.";
    return [broken(`${name}: nothing can listen at ${host}:${port}: ${wordsOf(error)}`, inTheWay, remedy)];
  }
}

/** Whether commands reach the running server. */
export async function examineOrders({ configuration, running, takesOrders }: Examined): Promise<Finding[]> {
  const { stateDirectory, server, healthInterface } = configuration;
  const why = "Commands that change something, from erasure to publishing, are done by the running server.";
  if (!hasRoomForOrders(stateDirectory)) {
    const remedy = "Move it to a shorter path: a socket's path has 100 bytes.";
    return [
      broken(`the path of stateDirectory is too long for the order socket: ${stateDirectory}`, why, remedy),
    ];
  }
  if (takesOrders && running === undefined && healthInterface.port !== 0) {
    const silent = `the server takes orders, and does not answer at ${healthInterface.host}:${healthInterface.port}`;
    const blind = "Whoever watches its health sees nothing.";
    return [warning(silent, blind, "Look at `healthInterface`, and what else listens there.")];
  }
  if (running?.server !== server || takesOrders) return [];
  const remedy = "Restart the server; look whether it runs with the same stateDirectory, on this machine.";
  return [broken("the server runs, and takes no orders at its socket", why, remedy)];
}

/** What the running server raises the alarm for. */
export async function examineAlarms({ configuration, running }: Examined): Promise<Finding[] | undefined> {
  if (running?.server !== configuration.server) return undefined;
  return running.alarms.map(({ code, about, severity, detail, remedy }) => {
    const what = `${code}${about === undefined ? "" : ` (${about})`}: ${detail}`;
    const why = "The running server says so; the README describes its alarms.";
    return severity === "critical" ? broken(what, why, remedy) : warning(what, why, remedy);
  });
}
