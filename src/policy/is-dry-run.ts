/** The built-in service that tells whether a call would be allowed. */
const decisionService = "sealway.decide";

/** Whether an exchange only tried out whether another one would be allowed. @param service id */
export function isDryRun(service: string): boolean {
  return service.endsWith(`/${decisionService}`);
}
