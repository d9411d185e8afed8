// SPDX-License-Identifier: Apache-2.0
// The directory, kept with nothing but the keyboard; then every page of it in
// both languages, wide and narrow.
import { Keyboard } from "./hand.mjs";
import { browser, inspect, person, signIn } from "./pages.mjs";
import { start } from "./server.mjs";
import { check, test } from "./tap.mjs";

const pages = {
  list: "/directory", overdue: "/directory?view=overdue", constituency: "/directory/constituency",
  found: "/directory/lookup?q=192.0.2.5", nobody: "/directory/lookup?q=203.0.113.5", map: "/directory/map",
  tests: "/directory/tests?view=never", transfer: "/directory/transfer", new: "/directory/new",
};

async function keep(page) {
  const hand = new Keyboard(page);
  await page.goto("/directory/transfer");
  await hand.go("form[action='/directory/demonstration'] button");
  check(await page.locator("tbody tr").count() >= 30, "the demonstration set stands in the list");
  await page.keyboard.press("o");
  await page.waitForURL("**/directory/new");
  await hand.type("[name=name]", page.lang === "ja" ? "みなと例示通信" : "Minato Example");
  await hand.choose("[name=kind]", "isp");
  await hand.pick("[name=member]");
  await hand.go("button[value=save]");
  const organisation = new URL(page.url()).pathname;
  await hand.reach("#scopes summary");
  await page.keyboard.press("Enter");
  await hand.type("#scopes [name=value]", "192.0.2.0/24\nnonsense");
  await hand.go("#scopes form[action$='/scopes'] button");
  check(await page.locator("#value-e").count() === 1, "the wrong line is named at its field");
  await hand.type("#scopes [name=value]", "192.0.2.0/24");
  await hand.go("#scopes form[action$='/scopes'] button");
  await page.keyboard.press("c");
  await page.waitForURL("**/contacts/new");
  await hand.type("[name=email]", "abuse@minato.example");
  await hand.go("button[value=save]");
  check((await page.textContent("#contacts")).includes("abuse@minato.example"), "the contact is there");
  await page.goto("/directory/lookup?q=192.0.2.9");
  check((await page.textContent("main")).includes("abuse@minato.example"), "the address leads to it");
  return organisation;
}

export default async function run() {
  const server = await start();
  const b = await browser();
  for (const lang of ["en", "ja"]) {
    let one = "/directory/1";
    await test(`directory: kept by keyboard, ${lang}`, async () => {
      const page = await person(b, server, { lang });
      await signIn(page);
      await page.goto(`/directory?lang=${lang}`);
      one = await keep(page);
      await page.context().close();
    });
    for (const width of [1280, 390]) {
      const page = await person(b, server, { lang, width });
      await signIn(page);
      const all = { ...pages, one, edit: `${one}/edit`, contact: `${one}/contacts/new`, incidents: `${one}/incidents` };
      for (const [name, path] of Object.entries(all)) {
        await test(`directory: ${name}, ${lang}, ${width} px`, async () => {
          await page.goto(`${path}${path.includes("?") ? "&" : "?"}lang=${lang}`);
          await inspect(page, `directory-${name}`);
        });
      }
      await page.context().close();
    }
  }
  await b.close();
  await server.stop();
}
