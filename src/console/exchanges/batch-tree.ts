import type { ToldMessage, ToldTimeStamp, TreeStep } from "../../admin/exchange-desk.ts";
import { type Html, html } from "../../web/html.ts";
import { table } from "../table.ts";
import type { Visit } from "../visit.ts";
import { fill } from "../words/word-book.ts";
import { exchangesWords } from "./words.ts";

/** The way from a message to the root of its batch, drawn and in words. @param id of the drawing, unique on its page */
export function batchTree(visit: Visit, id: string, message: ToldMessage, timeStamp: ToldTimeStamp): Html {
  const { messages, proof: words } = visit.words(exchangesWords);
  const { batch, leaf, leaves, path } = timeStamp;
  const inWords = fill(words.treeTable, { message: messages[message.type] });
  const rows = path.map((step, i) => [
    i + 1,
    withOf(visit, message, step, i).map((text) => html`<code>${text}</code><br>`),
    html`<code>${step.gives}</code>${i === path.length - 1 ? html`<br>${words.root}` : null}`,
  ]);
  const told = fill(words.treeText, { leaf, leaves, steps: path.length });
  return html`<h4>${fill(words.tree, { batch })}</h4><p>${told}</p>
${drawing(visit, id, timeStamp)}
<details><summary>${inWords}</summary>
${table(visit, inWords, [words.level, words.with, words.gives], rows)}</details>`;
}

function withOf(visit: Visit, { digests }: ToldMessage, step: TreeStep, i: number): readonly string[] {
  const words = visit.words(exchangesWords).proof;
  if (i > 0) return step.with.map((digest) => fill(words.neighbour, { digest }));
  return step.with.map((digest) => {
    const encoded = Buffer.from(digest, "hex").toString("base64url");
    const name =
      encoded === digests.exchange
        ? words.accountName
        : encoded === digests.head
          ? words.headName
          : words.fileName;
    return fill(words.ofMessage, { name, digest });
  });
}

const [width, row, box] = [640, 46, { width: 200, height: 28 }];
const [own, neighbour] = [210, 436];

/** The root on top; each node below it with its neighbour. */
function drawing(visit: Visit, id: string, { batch, path }: ToldTimeStamp): Html {
  const words = visit.words(exchangesWords).proof;
  const nodes = path.map(({ gives }) => gives).toReversed();
  const neighbours = path
    .slice(1)
    .map(({ with: [first] }) => first ?? "")
    .toReversed();
  const shapes = nodes.map((node, i) => {
    const y = 3 + i * row;
    const name = i === 0 ? words.root : i === nodes.length - 1 ? words.leafName : null;
    const beside = i === 0 ? null : neighbourAt(y, neighbours[i - 1]!);
    return html`${boxAt(own, y, node, "way")}${beside}<text x="${own - 10}" y="${y + 19}" text-anchor="end">${name}</text>`;
  });
  return html`<svg class="tree" role="img" aria-labelledby="${id}" viewbox="0 0 ${width} ${nodes.length * row + 6}"><title id="${id}">${fill(words.treeTitle, { batch })}</title>
${shapes}</svg>`;
}

/** A neighbour hangs below the same parent. */
function neighbourAt(y: number, digest: string): Html {
  const [above, from, to] = [y - row + box.height, own + box.width / 2, neighbour + box.width / 2];
  return html`<path d="M${from} ${y}V${above}L${to} ${y}"/>${boxAt(neighbour, y, digest, "beside")}`;
}

function boxAt(x: number, y: number, digest: string, kind: "way" | "beside"): Html {
  return html`<rect class="${kind}" x="${x}" y="${y}" width="${box.width}" height="${box.height}" rx="4"/><text x="${x + box.width / 2}" y="${y + 19}" text-anchor="middle" font-family="monospace">${shortened(digest)}</text>`;
}

function shortened(digest: string): string {
  return `${digest.slice(0, 10)}…${digest.slice(-6)}`;
}
