import { encodePart } from "../core/ids.ts";

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
