import type { SampleCall } from "./sample-call.ts";

/** Programs that make a call, by language. What is a value in them is quoted: no description breaks out of it. */
export const sampleCode: Readonly<
  Record<"curl" | "typescript" | "python" | "java", (call: SampleCall) => string>
> = {
  curl,
  typescript,
  python,
  java,
};

function curl({ body, headers, method, url }: SampleCall): string {
  const lines = [
    `curl --globoff --include --request ${inShell(method)}`,
    ...headers.map(([name, value]) => `--header ${inShell(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`--data ${inShell(body)}`]),
    inShell(url),
  ];
  return lines.join(" \\\n  ");
}

function typescript({ answersJson, body, headers, method, url }: SampleCall): string {
  return [
    `const answer = await fetch(${quoted(url)}, {`,
    `  method: ${quoted(method)},`,
    "  headers: {",
    ...headers.map(([name, value]) => `    ${quoted(name)}: ${quoted(value)},`),
    "  },",
    ...(body === undefined ? [] : [`  body: ${quoted(body)},`]),
    "});",
    'console.log(answer.status, answer.headers.get("Sealway-Exchange-Id"));',
    `console.log(await answer.${answersJson ? "json" : "text"}());`,
  ].join("\n");
}

function python({ body, headers, method, url }: SampleCall): string {
  return [
    "import urllib.request",
    "",
    "request = urllib.request.Request(",
    `    ${quoted(url)},`,
    `    method=${quoted(method)},`,
    "    headers={",
    ...headers.map(([name, value]) => `        ${quoted(name)}: ${quoted(value)},`),
    "    },",
    ...(body === undefined ? [] : [`    data=${quoted(body)}.encode("utf-8"),`]),
    ")",
    "with urllib.request.urlopen(request) as answer:",
    '    print(answer.status, answer.headers["Sealway-Exchange-Id"])',
    '    print(answer.read().decode("utf-8"))',
  ].join("\n");
}

function java({ body, headers, method, url }: SampleCall): string {
  const publisher =
    body === undefined
      ? "HttpRequest.BodyPublishers.noBody()"
      : `HttpRequest.BodyPublishers.ofString(${quoted(body)})`;
  return [
    "import java.net.URI;",
    "import java.net.http.HttpClient;",
    "import java.net.http.HttpRequest;",
    "import java.net.http.HttpResponse;",
    "",
    "public class Call {",
    "    public static void main(String[] arguments) throws Exception {",
    `        HttpRequest request = HttpRequest.newBuilder(URI.create(${quoted(url)}))`,
    ...headers.map(([name, value]) => `            .header(${quoted(name)}, ${quoted(value)})`),
    `            .method(${quoted(method)}, ${publisher})`,
    "            .build();",
    "        HttpResponse<String> answer = HttpClient.newHttpClient()",
    "            .send(request, HttpResponse.BodyHandlers.ofString());",
    '        System.out.println(answer.statusCode() + " " + answer.headers().firstValue("Sealway-Exchange-Id").orElse(""));',
    "        System.out.println(answer.body());",
    "    }",
    "}",
  ].join("\n");
}

/** POSIX shells take everything between single quotes as it is. */
function inShell(text: string): string {
  return `'${withoutControls(text).replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * As JSON has it, which TypeScript, Python and Java read in the same way: controls, of which some would be escaped so
 * that Java reads them as an end of the line, are left out.
 */
function quoted(text: string): string {
  return JSON.stringify(withoutControls(text));
}

function withoutControls(text: string): string {
  return text.toWellFormed().replace(/[\p{Cc}\u2028\u2029]/gu, " ");
}
