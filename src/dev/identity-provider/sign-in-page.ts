import { type Html, html } from "../../web/html.ts";
import { type AuthorizationRequest, levels } from "./authorization-request.ts";
import type { OfferedAccount } from "./people.ts";

export const style = `
body { font: 1.05rem/1.5 system-ui, sans-serif; color: #1b1b1b; background: #f3f3ef; margin: 0; }
main { max-width: 36rem; margin: 2rem auto; padding: 1.5rem 2rem; background: #fff; border-top: .4rem solid #8a4b00; }
h1 { font-size: 1.5rem; margin-top: 0; }
.demonstration { background: #fff3d6; border: 1px solid #8a4b00; padding: .6rem 1rem; }
fieldset { border: 1px solid #767676; margin: 1rem 0; padding: .5rem 1rem; }
label { display: block; padding: .25rem 0; }
input[type=text], select { font: inherit; padding: .3rem; width: 100%; box-sizing: border-box; margin-top: .2rem; }
small { color: #555; }
button { font: inherit; padding: .5rem 1.2rem; margin-right: .5rem; border: 1px solid #1b1b1b; background: #fff; }
button.main { background: #1d4f91; border-color: #1d4f91; color: #fff; }
:focus-visible { outline: 3px solid #1d4f91; outline-offset: 2px; }
`;

const means: readonly (readonly [level: string, name: string])[] = [
  [levels[1]!, "Mobile phone (level substantial)"],
  [levels[0]!, "Identity card (level high)"],
  [levels[2]!, "User name (level low)"],
];

/** Where somebody chooses who they are. @param id of the request that waits */
export function signInPage(
  id: string,
  { acrValues, client }: AuthorizationRequest,
  accounts: readonly OfferedAccount[],
  problem: string | undefined,
): Html {
  const wanted = means.find(([level]) => acrValues.includes(level))?.[0] ?? levels[1];
  const people = accounts.map(
    ({ code, given, family, part }) => html`
      <label><input type="radio" name="person" value="${code}"> ${given} ${family} <small>${part}; ${code}</small></label>`,
  );
  const options = means.map(([level, name]) =>
    level === wanted
      ? html`<option value="${level}" selected>${name}</option>`
      : html`<option value="${level}">${name}</option>`,
  );
  return page(
    "Sign in",
    html`
    <p class="demonstration"><strong>A demonstration.</strong> These people are invented, and nobody needs a password.</p>
    <p>“${client.id}” asks who you are.</p>
    ${problem === undefined ? null : html`<p role="alert"><strong>${problem}</strong></p>`}
    <form method="post" action="/sign-in">
      <input type="hidden" name="request" value="${id}">
      <fieldset><legend>Who are you?</legend>${people}
        <label>Somebody else, by personal code
          <input type="text" name="code" autocomplete="off" maxlength="11"></label>
      </fieldset>
      <label>How do you prove it?<select name="acr">${options}</select></label>
      <p><button class="main" name="choice" value="sign-in">Sign in</button>
        <button name="choice" value="cancel">Cancel</button></p>
    </form>`,
  );
}

/** What a person sees when nothing can be sent back to a client. */
export function problemPage(problem: string): Html {
  return page("This does not work", html`<p>${problem}</p>`);
}

function page(title: string, content: Html): Html {
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${title} – Demonstration identity provider</title>
  <link rel="stylesheet" href="/style.css">
</head>
<body><main><h1>${title}</h1>${content}</main></body>
</html>
`;
}
