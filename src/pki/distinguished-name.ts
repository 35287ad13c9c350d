import { DerError, type DerNode, tags } from "./der.ts";
import { DerFields, readOid, readSequence, readSetOf, readText } from "./der-reader.ts";
import * as write from "./der-writer.ts";
import { oids } from "./oids.ts";

/** The attributes of a subject that Sealway reads (RFC 5280 §4.1.2.6; organizationIdentifier: ETSI EN 319 412-1). */
export interface SubjectAttributes {
  readonly commonName?: string;
  readonly organizationName?: string;
  readonly organizationIdentifier?: string;
  readonly serialNumber?: string;
  readonly countryName?: string;
}

// biome-ignore format: a table is read by its columns
const attributes = [
  { name: "countryName",            oid: oids.countryName,            write: write.printableString },
  { name: "organizationName",       oid: oids.organizationName,       write: write.utf8String },
  { name: "organizationIdentifier", oid: oids.organizationIdentifier, write: write.utf8String },
  { name: "serialNumber",           oid: oids.serialNumber,           write: write.printableString },
  { name: "commonName",             oid: oids.commonName,             write: write.utf8String },
] as const;
const attributesByOid: ReadonlyMap<string, keyof SubjectAttributes> = new Map(
  attributes.map(({ name, oid }) => [oid, name]),
);

/**
 * Reads a Name. Attributes that Sealway does not know are checked for form and left out.
 * @throws DerError also when an attribute that Sealway reads occurs twice, since tools then differ in the one
 * they take
 */
export function readName(node: DerNode, path: string): SubjectAttributes {
  const found: { -readonly [name in keyof SubjectAttributes]: string } = {};
  for (const relative of readSequence(node, path)) {
    for (const attribute of readSetOf(relative, path)) {
      const fields = new DerFields(attribute, path);
      const name = attributesByOid.get(readOid(fields.required(tags.oid, "type"), path));
      const value = fields.any("value");
      fields.end();
      if (name === undefined) continue;
      if (found[name] !== undefined) throw new DerError(`${path}.${name}`, "occurs twice");
      found[name] = readText(value, `${path}.${name}`);
    }
  }
  return found;
}

/** A Name with one attribute in each relative name, in the order of the table. */
export function writeName(subject: SubjectAttributes): Buffer {
  const relatives = attributes.flatMap(({ name, oid, write: writeText }) => {
    const text = subject[name];
    return text === undefined ? [] : [write.setOf(write.sequence(write.oid(oid), writeText(text)))];
  });
  return write.sequence(...relatives);
}
