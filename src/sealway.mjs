#!/usr/bin/env node
// JavaScript that every Node can read: TypeScript runs from Node 24 on, and an older one would only say "syntax error".
if (Number.parseInt(process.versions.node, 10) >= 24) {
  await import("./main.ts");
} else {
  const remedy =
    "Run `npm run sealway -- COMMAND` in Sealway's folder, which brings its own Node, or `npx node@24 src/sealway.mjs COMMAND`.";
  process.stderr.write(`sealway needs Node 24 or newer; this is ${process.versions.node}. ${remedy}\n`);
  process.exitCode = 2;
}
