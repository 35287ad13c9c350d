import type { ServerConfiguration } from "../server-configuration.ts";
import { listKeys } from "./key-folder.ts";

/** Files with the server's private keys, or that name a device which has them. @throws as `listKeys` */
export async function privateKeyFiles(configuration: ServerConfiguration): Promise<string[]> {
  const { consumerInterface, keysDirectory, members, peerInterface, serviceConnections } = configuration;
  const held = (await listKeys(keysDirectory)).map(({ files }) => files.key);
  const named = [
    ...members.flatMap(({ sealKey, checkpointSeal }) => [sealKey, checkpointSeal?.key]),
    ...serviceConnections.map(({ clientKey }) => clientKey),
    ...[peerInterface.key, consumerInterface.key],
  ];
  return [...new Set([...held, ...named.filter((path) => path !== undefined)])];
}
