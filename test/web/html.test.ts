import fc from "fast-check";
import t from "tap";
import { html, showsAsItIs } from "../../src/web/html.ts";

t.test("text is escaped between tags and in attributes, html is not", async (t) => {
  const evil = `"><script>alert('1')</script>&amp;`;
  t.equal(
    html`<p title="${evil}">${evil}</p>`.toString(),
    '<p title="&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;amp;">' +
      "&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;amp;</p>",
  );
  t.equal(
    html`<ul>${["<", html`<li>${1}</li>`, null, undefined]}</ul>`.toString(),
    "<ul>&lt;<li>1</li></ul>",
  );
});

t.test("no text changes what is around it", async () => {
  const anything = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("<!--", "]]>", "</p", "\u2028", "\ud800"),
  );
  fc.assert(
    fc.property(anything, anything, (one, other) => {
      const [, title, text] = /^<p title="([^"]*)">([^<]*)<\/p>$/.exec(
        html`<p title="${one}">${other}</p>`.toString(),
      )!;
      return [title, text].every((part) => !/[<>'"]/.test(part!.replace(/&(?:amp|lt|gt|quot|#39);/g, "")));
    }),
  );
});

t.test("what would turn, hide or break a text is shown as a mark", async (t) => {
  for (const hidden of [
    "\u202e",
    "\u2066",
    "\u200b",
    "\u0000",
    "\u009b",
    "\ufeff",
    "\ud800",
    "\u00ad",
    "\u3164",
    "\u{e0041}",
  ]) {
    t.equal(html`<p>${`a${hidden}b`}</p>`.toString(), "<p>a\ufffdb</p>");
    t.notOk(showsAsItIs(`a${hidden}b`));
  }
  t.equal(html`<p>${"a\n\tb"}</p>`.toString(), "<p>a\n\tb</p>");
  t.ok(showsAsItIs("Ä 您同意 (a)"));
});

t.test("a value in a place where escaping does not help is a fault of the program", async (t) => {
  const value = "x";
  t.throws(() => html`<p title=${value}>`, TypeError, "an attribute without quotes");
  t.throws(() => html`<${value}>`, TypeError, "a tag's name");
  t.throws(() => html`<p ${value}="1">`, TypeError, "an attribute's name");
  t.throws(() => html`<script>${value}</script>`, TypeError, "a script");
  t.throws(() => html`<style>${value}</style>`, TypeError, "a style");
  t.throws(() => html`<svg><style>${value}</style></svg>`, TypeError, "a style of a drawing");
  t.throws(() => html`<svg><use href="${"#x"}"></svg>`, TypeError, "a drawing that is taken from elsewhere");
  t.equal(
    html`<svg viewbox="0 0 ${1} 2"><rect x1="${3}"></svg>`.toString(),
    '<svg viewbox="0 0 1 2"><rect x1="3"></svg>',
  );
  t.throws(() => html`<p title='${value}'>`, TypeError, "single quotes");
});

t.test("an address leads to this site only", async (t) => {
  for (const address of [
    "javascript:alert(1)",
    "//evil.example",
    "/\\evil.example",
    "https://evil.example",
    "",
    " /x",
  ]) {
    t.throws(() => html`<a href="${address}">x</a>`, TypeError, address);
    t.throws(() => html`<form action="${address}">x</form>`, TypeError, address);
  }
  t.equal(html`<a href="${"/uses?year=2026"}">x</a>`.toString(), '<a href="/uses?year=2026">x</a>');
  t.equal(html`<a href="/uses/${"javascript:"}">x</a>`.toString(), '<a href="/uses/javascript:">x</a>');
});
