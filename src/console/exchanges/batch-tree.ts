import type { ToldMessage, ToldTimeStamp, TreeStep } from "../../admin/exchange-desk.ts";
import { Html, html } from "../../web/html.ts";
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
  const height = nodes.length * row + 6;
  const shapes = nodes.map((node, i) => {
    const y = 3 + i * row;
    const name = i === 0 ? words.root : i === nodes.length - 1 ? words.leafName : "";
    const beside = i === 0 ? "" : neighbourAt(y, neighbours[i - 1]!);
    return `${boxAt(own, y, node, "2")}${beside}${label(own - 10, y, name)}`;
  });
  const title = escaped(fill(words.treeTitle, { batch }));
  return Html.ofTemplate(
    `<svg class="plot" role="img" aria-labelledby="${escaped(id)}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
      `font-size="13" fill="currentColor"><title id="${escaped(id)}">${title}</title>${shapes.join("")}</svg>`,
  );
}

/** A neighbour hangs below the same parent. */
function neighbourAt(y: number, digest: string): string {
  const [above, from, to] = [y - row + box.height, own + box.width / 2, neighbour + box.width / 2];
  const line = (x: number) =>
    `<line x1="${from}" y1="${above}" x2="${x}" y2="${y}" stroke="currentColor"></line>`;
  return `${line(from)}${line(to)}${boxAt(neighbour, y, digest, "1")}`;
}

function boxAt(x: number, y: number, digest: string, stroke: string): string {
  return (
    `<rect x="${x}" y="${y}" width="${box.width}" height="${box.height}" rx="4" fill="none" stroke="currentColor" stroke-width="${stroke}"></rect>` +
    `<text x="${x + box.width / 2}" y="${y + 19}" text-anchor="middle" font-family="monospace">${escaped(shortened(digest))}</text>`
  );
}

function label(x: number, y: number, text: string): string {
  return `<text x="${x}" y="${y + 19}" text-anchor="end">${escaped(text)}</text>`;
}

function shortened(digest: string): string {
  return `${digest.slice(0, 10)}…${digest.slice(-6)}`;
}

/** As the templates do, for what no template takes. */
function escaped(text: string): string {
  return html`${text}`.toString();
}
