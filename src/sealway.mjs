#!/usr/bin/env -S node --max-semi-space-size=16
// A gateway's young heap would otherwise grow to 64 MiB twice over, which costs memory and gains nothing.
import module from "node:module";
import { fileURLToPath } from "node:url";

// JavaScript that every Node can read: TypeScript runs from Node 24 on, and an older one would only say "syntax error".
if (Number.parseInt(process.versions.node, 10) >= 24) {
  // Code without its types, as V8 compiled it: a start takes two thirds of the time. It lies beside the code, so that
  // whoever could alter it could alter that; where it cannot be written every start compiles anew.
  process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
    new URL("../node_modules/.cache/sealway", import.meta.url),
  );
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE);
  await import("./main.ts");
} else {
  const remedy =
    "Run `npm run sealway -- COMMAND` in Sealway's folder, which brings its own Node, or `npx node@24 src/sealway.mjs COMMAND`.";
  process.stderr.write(`sealway needs Node 24 or newer; this is ${process.versions.node}. ${remedy}\n`);
  process.exitCode = 2;
}
