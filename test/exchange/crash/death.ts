/** Dies when this step is done for the nth time. */
export interface Death {
  readonly number: number;
  readonly name: string;
  readonly nth: number;
}

export type ToGatewayProcess = { readonly kind: "start" } | { readonly kind: "die"; readonly at: Death };

export type FromGatewayProcess =
  | { readonly kind: "loaded" }
  | { readonly kind: "ready"; readonly http: number; readonly health: number }
  | { readonly kind: "armed" };

/** Written before the exchange id (empty when it is not known yet) at whose step the process dies. */
export const lastWords = "died in exchange ";
