/** Key and certificate that one side of a TLS connection shows, PEM. */
export interface TlsIdentity {
  readonly key: string | Buffer;
  readonly certificate: string | Buffer;
}
