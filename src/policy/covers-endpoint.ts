/** Whether what an agreement grants has an endpoint in it. @param granted a method or `*`, a template or `/**` */
export function coversEndpoint(
  granted: { readonly method: string; readonly path: string },
  endpoint: { readonly method: string; readonly template: string },
): boolean {
  const method = granted.method === "*" || granted.method === endpoint.method;
  return method && (granted.path === "/**" || granted.path === endpoint.template);
}
