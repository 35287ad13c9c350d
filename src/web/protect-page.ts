import type { FastifyReply } from "fastify";

/** What browsers are told to refuse, on every answer of a site. @throws nothing; heads are set anew when set before */
export function protectPage(
  site: { readonly publicUrl: string; formOrigins(): Iterable<string> },
  reply: FastifyReply,
): void {
  const actions = ["'self'", ...site.formOrigins()].join(" ");
  reply.headers({
    "content-security-policy":
      "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; " +
      `form-action ${actions}`,
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
    ...(site.publicUrl.startsWith("https:") && { "strict-transport-security": "max-age=31536000" }),
  });
}
