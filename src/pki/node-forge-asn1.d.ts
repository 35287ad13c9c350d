/** The part of node-forge that Sealway uses; binary data are strings of latin1 characters. */
declare module "node-forge/lib/asn1.js" {
  export interface ForgeNode {
    /** The children of a constructed value, the content bytes of a primitive one. */
    readonly value: string | readonly ForgeNode[];
  }
  interface ForgeAsn1 {
    /** @throws Error when the bytes cannot be decoded */
    fromDer(
      bytes: string,
      options: { strict: boolean; parseAllBytes: boolean; decodeBitStrings: boolean; maxDepth: number },
    ): ForgeNode;
    /** Content bytes of an OBJECT IDENTIFIER. @throws Error for arcs out of range */
    oidToDer(oid: string): { getBytes(): string };
    /** @throws Error for arcs over 53 bits */
    derToOid(content: string): string;
  }
  const asn1: ForgeAsn1;
  export default asn1;
}
