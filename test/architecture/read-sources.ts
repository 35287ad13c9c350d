import { readFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import type { Node, SourceFile, StringLiteral } from "typescript/unstable/ast";
import * as is from "typescript/unstable/ast/is";
import { API } from "typescript/unstable/sync";

/** A file of `src`, as the rules see it. */
export interface Source {
  /** From the root of the repository: `src/core/ids.ts`. */
  readonly path: string;
  readonly lineCount: number;
  readonly imports: readonly Import[];
  readonly functions: readonly { readonly line: number; readonly length: number }[];
  /** Calls that a rule may confine: `Date.now()`, `new Date()`, `console.log`. */
  readonly calls: readonly { readonly line: number; readonly name: string }[];
}

/** One statement or expression that makes a file depend on another, or on a package. */
export interface Import {
  readonly line: number;
  /** `address`: `new URL("./worker.ts", import.meta.url)`, of which workers and child processes are made. */
  readonly kind: "value" | "type" | "dynamic" | "address";
  /** As it is written; `?` for a dynamic import of something that is not a literal. */
  readonly specifier: string;
  /** Where a relative specifier leads, from the root of the repository. */
  readonly target: string | undefined;
}

/**
 * Reads every file of `src` with TypeScript's own parser.
 * @param root folder with a tsconfig.json
 */
export function readSources(root: string): Source[] {
  return readRepositories(root, [root])[0]!;
}

/** As `readSources`, for several folders with a `src` that one tsconfig.json covers: starting the parser takes long. */
export function readRepositories(project: string, roots: readonly string[]): Source[][] {
  const compiler = new API({ cwd: project });
  try {
    const snapshot = compiler.updateSnapshot({ openProjects: [join(project, "tsconfig.json")] });
    const { program } = snapshot.getProjects()[0]!;
    const names = program.getSourceFileNames().toSorted();
    return roots.map((root) =>
      names
        .filter((name) => relative(root, name).startsWith(`src${sep}`))
        .map((name) => readSource(root, program.getSourceFile(name)!)),
    );
  } finally {
    compiler.close();
  }
}

function readSource(root: string, file: SourceFile): Source {
  const path = relative(root, file.fileName).split(sep).join("/");
  const imports: Import[] = [];
  const functions: { line: number; length: number }[] = [];
  const calls: { line: number; name: string }[] = [];
  const lineAt = (position: number) => file.getLineAndCharacterOfPosition(position).line + 1;
  const visit = (node: Node): void => {
    const line = lineAt(node.getStart(file));
    const found = importIn(node);
    if (found !== undefined) imports.push({ line, ...found, target: targetOf(path, found.specifier) });
    if (is.isFunctionLikeDeclaration(node))
      functions.push({ line, length: lineAt(node.getEnd()) - line + 1 });
    const name = confinedCall(node, file);
    if (name !== undefined) calls.push({ line, name });
    node.forEachChild(visit);
  };
  visit(file);
  const text = readFileSync(file.fileName, "utf8");
  return { path, lineCount: text.split("\n").length - 1, imports, functions, calls };
}

function importIn(node: Node): Pick<Import, "kind" | "specifier"> | undefined {
  if (is.isImportDeclaration(node)) {
    const kind = node.importClause !== undefined && importsTypesOnly(node.importClause) ? "type" : "value";
    return { kind, specifier: textOf(node.moduleSpecifier) };
  }
  if (is.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    return { kind: node.isTypeOnly ? "type" : "value", specifier: textOf(node.moduleSpecifier) };
  }
  if (is.isImportTypeNode(node)) {
    return {
      kind: "type",
      specifier: is.isLiteralTypeNode(node.argument) ? textOf(node.argument.literal) : "?",
    };
  }
  if (is.isCallExpression(node) && node.expression.getText() === "import") {
    return { kind: "dynamic", specifier: textOf(node.arguments[0]) };
  }
  if (is.isNewExpression(node) && node.expression.getText() === "URL") {
    const [address, base] = node.arguments ?? [];
    const isCode = base?.getText() === "import.meta.url" && /\.[cm]?[jt]s$/.test(textOf(address));
    return isCode ? { kind: "address", specifier: textOf(address) } : undefined;
  }
  return undefined;
}

/** `import type { A }` and `import { type A, type B }` leave nothing behind at run time. */
function importsTypesOnly(clause: Node): boolean {
  const text = clause.getText();
  if (/^type\s/.test(text)) return true;
  const names = /^\{([\s\S]*)\}$/
    .exec(text)?.[1]
    ?.split(",")
    .filter((name) => name.trim() !== "");
  return names !== undefined && names.length > 0 && names.every((name) => /^\s*type\s/.test(name));
}

function textOf(node: Node | undefined): string {
  return node !== undefined && is.isStringLiteral(node) ? (node as StringLiteral).text : "?";
}

function targetOf(path: string, specifier: string): string | undefined {
  return /^\.\.?\//.test(specifier) ? posix.normalize(`${dirname(path)}/${specifier}`) : undefined;
}

function confinedCall(node: Node, file: SourceFile): string | undefined {
  if (is.isPropertyAccessExpression(node)) {
    const text = node.getText(file).replaceAll(/\s/g, "");
    return text === "Date.now" || /^console\.\w+$/.test(text) ? text : undefined;
  }
  const isDate =
    (is.isNewExpression(node) || is.isCallExpression(node)) && node.expression.getText(file) === "Date";
  return isDate && (node.arguments?.length ?? 0) === 0 ? "new Date()" : undefined;
}
