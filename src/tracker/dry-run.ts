import { encodePart } from "../core/ids.ts";

/** The built-in service that tells whether a call would be allowed. */
const decisionService = "sealway.decide";

/** Whether an exchange only tried out whether another one would be allowed. @param service id */
export function isDryRun(service: string): boolean {
  return service.endsWith(`/${decisionService}`);
}

/** The service that a dry run was about. @param target of its request, `/r1/…/sealway.decide/services/{code}/decisions` */
export function triedService(service: string, target: string | undefined): string | undefined {
  const [, code] = /\/services\/([^/?]+)\/decisions(?:\?|$)/.exec(target ?? "") ?? [];
  if (code === undefined) return undefined;
  try {
    return `${service.slice(0, service.lastIndexOf("/"))}/${encodePart(decodeURIComponent(code))}`;
  } catch {
    return undefined;
  }
}
