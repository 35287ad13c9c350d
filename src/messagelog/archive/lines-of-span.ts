import type { Span } from "../message-store.ts";
import { splitLines } from "./archive-lines.ts";
import type { RecordsFile } from "./segment-manifest.ts";

/** Whether two spans have records in common. */
export function overlap(span: Span, { writer, first, last }: Span): boolean {
  return span.writer === writer && span.first <= last && span.last >= first;
}

/** The lines of the records of a span, by the places that the manifest gives them. @throws MalformedLine */
export function* linesOf({ spans }: RecordsFile, bytes: Buffer, wanted: Span): Generator<Buffer> {
  const lines = splitLines(bytes);
  for (const span of spans) {
    for (let number = span.first; number <= span.last; number++) {
      const { value } = lines.next();
      if (value === undefined) return;
      if (overlap({ writer: span.writer, first: number, last: number }, wanted)) yield value;
    }
  }
}
