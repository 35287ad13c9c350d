import t from "tap";
import { uncuttablePlace } from "../../src/catalogue/uncuttable-place.ts";

const kept = { name: "whole", address: { city: "whole" } } as const;
const places: [what: string, document: unknown, place: string | undefined][] = [
  ["an object", { name: 7, address: { city: {} }, more: "x" }, undefined],
  ["an array of objects", [{ address: [{ city: 1 }, { more: "x" }] }], undefined],
  ["nothing", { address: null }, undefined],
  ["a text for the document", "Mari", ""],
  ["a text for an object", { address: "Quay 1" }, "/address"],
  ["a number in an array", { address: [{}, 7] }, "/address/1"],
  ["an array of arrays", { address: [[["x"]]] }, "/address/0/0/0"],
];
for (const [what, document, place] of places) {
  t.test(`what cannot be cut: ${what}`, async (t) => {
    t.equal(uncuttablePlace(document, kept), place);
    t.equal(uncuttablePlace(document, "whole"), undefined);
  });
}
