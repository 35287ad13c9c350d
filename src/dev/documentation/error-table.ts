import { type ErrorEntry, errorCodes } from "../../core/error-codes.ts";
import { code, table } from "./table.ts";

/** The README's table of errors: every row of `core/error-codes.ts`, in its order, where traces of decisions point to. */
export function errorTable(): string {
  const rows = Object.entries<ErrorEntry>(errorCodes).map(
    ([name, { status, xroad, fault, title, remedy }]) => [
      code(name),
      `<a id="error-${name}"></a>${status}`,
      code(xroad),
      fault,
      `${title}.`,
      remedy,
    ],
  );
  return table(["Code", "HTTP", "X-Road", "Whose", "What", "What to do"], rows);
}
