import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import type { TlsMaterial } from "./pass-through.ts";

const startsWithin = 5_000;

/** `nginx/1.22.1`, or undefined when there is none on this machine. */
export async function nginxVersion(): Promise<string | undefined> {
  try {
    const { stderr } = await promisify(execFile)("nginx", ["-v"]);
    return /nginx\/\S+/.exec(stderr)?.[0];
  } catch {
    return undefined;
  }
}

/** A reverse proxy in one process; see `Hop` of the pass-through for what it does. */
export interface NginxHop {
  readonly directory: string;
  readonly port: number;
  readonly listen: "http" | "mutual-tls";
  /** `host:port` of the next hop, and how it is reached. */
  readonly next: { readonly address: string; readonly over: "http" | "mutual-tls" };
  readonly tls: TlsMaterial;
}

/**
 * Starts nginx, which ends with this process.
 * @returns its process id
 * @throws Error with what nginx says when it does not start
 */
export async function startNginx(hop: NginxHop): Promise<number> {
  const { directory, port, tls } = hop;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const [name, text] of Object.entries(tls)) {
    await writeFile(join(directory, `${name}.pem`), text, { mode: 0o600 });
  }
  const file = join(directory, "nginx.conf");
  await writeFile(file, nginxConfiguration(hop));
  const child = spawn("nginx", ["-p", directory, "-c", file], { stdio: ["ignore", "ignore", "pipe"] });
  process.once("exit", () => child.kill());
  let said = "";
  child.stderr.on("data", (text) => {
    said += text;
  });
  const ended = once(child, "exit").then(() => {
    throw new Error(`nginx ended: ${said.trim()}`);
  });
  ended.catch(() => {});
  await Promise.race([listening(port), ended]);
  return child.pid!;
}

async function listening(port: number): Promise<void> {
  for (let waited = 0; waited < startsWithin; waited += 20) {
    const socket = connect(port, "127.0.0.1");
    try {
      await once(socket, "connect");
      return;
    } catch {
      await wait(20);
    } finally {
      socket.destroy();
    }
  }
  throw new Error(`nginx does not listen on port ${port}`);
}

/** One process without a master, which is what two cores have room for, and connections that are never given up. */
function nginxConfiguration({ directory, port, listen, next, tls: _ }: NginxHop): string {
  const inbound =
    listen === "http"
      ? `listen 127.0.0.1:${port};`
      : `listen 127.0.0.1:${port} ssl;
      ssl_certificate ${directory}/cert.pem;
      ssl_certificate_key ${directory}/key.pem;
      ssl_client_certificate ${directory}/ca.pem;
      ssl_verify_client on;
      ssl_verify_depth 2;
      ssl_protocols TLSv1.3;`;
  const outbound =
    next.over === "http"
      ? "proxy_pass http://next;"
      : `proxy_pass https://next;
        proxy_ssl_certificate ${directory}/cert.pem;
        proxy_ssl_certificate_key ${directory}/key.pem;
        proxy_ssl_trusted_certificate ${directory}/ca.pem;
        proxy_ssl_verify on;
        proxy_ssl_verify_depth 2;
        proxy_ssl_name localhost;
        proxy_ssl_protocols TLSv1.3;`;
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => {
    return `${name}_temp_path ${directory}/${name};`;
  });
  return `daemon off;
master_process off;
pid ${directory}/nginx.pid;
error_log stderr error;
events { worker_connections 1024; }
http {
    access_log off;
    ${temporary.join("\n    ")}
    client_body_buffer_size 64k;
    keepalive_requests 100000000;
    upstream next {
      server ${next.address};
      keepalive 256;
      keepalive_requests 100000000;
    }
    server {
      ${inbound}
      location / {
        ${outbound}
        proxy_http_version 1.1;
        proxy_set_header Connection "";
      }
    }
}
`;
}
