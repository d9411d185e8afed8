// SPDX-License-Identifier: Apache-2.0
// The handler's day: the key "n", the bell, watch lists, routing rules, in both
// languages and on a telephone.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { browser, inspect, person, signIn } from "./pages.mjs";
import { start } from "./server.mjs";
import { check, equal, test } from "./tap.mjs";

const program = process.env.TOBIGUCHI ?? "build/tobiguchi";
const why = { en: "An urgent report waits", ja: "至急の報告が待っています" };

async function prepare(server) {
  const token = execFileSync(program, ["token", "create", "--user", "hanako@csirt.example", "--scope", "all",
    "--name", "day", "--data", join(server.folder, "data")], { encoding: "utf8" }).trim().split("\n").pop();
  const post = async (path, body) => {
    const answer = await fetch(server.base + path, { method: "POST", redirect: "manual", body: JSON.stringify(body),
      headers: { "Content-Type": "application/json", Accept: "application/json", Authorization: `Bearer ${token}` } });
    check(answer.status < 400, `${path}: ${answer.status} ${await answer.text()}`);
  };
  await post("/me/watches", { kind: "domain", value: "bank-example[.]test", note: "INC-2026-00001" });
  await post("/admin/rules", { name: "Bank", field: ["url_host", "hours"], value: ["bank-example.test", "18:00-09:00"],
    match: "any", queue: "banks", priority: "high", tags: "bank, login" });
  await post("/admin/rules/1", { act: "try" });
  await post("/inbox", { title: "Head office stands still", text: "hxxps://login[.]bank-example[.]test/ja/", urgent: "1" });
  await post("/inbox", { title: "A question", text: "Is 203.0.113.9 yours?", email: "who@example.org", reply_lang: "en" });
  await post("/me/snippets", { name: "Receipt", ja: "{ref} を受け付けました。", en: "We received {ref}.", team: "1" });
  await post("/me/snippets", { name: "Own thanks", en: "Thank you. {me}" });
  for (const view of ["inbox", "incidents", "takedowns", "directory", "find"])
    await post("/views", { page: view, name: "Minato", query: "q=minato.example", team: "1" });
  await post("/incidents", { title: "Minato portal", rsit: "fraud/phishing", owner_id: "1" });
  await post("/takedowns", { urls: "hxxps://login[.]minato[.]example/a\nhxxps://login[.]minato[.]example/b", as: "one" });
  await post("/team/on-call", { person: "1", from: new Date(Date.now() - 3600e3).toISOString().slice(0, 16) + "Z",
    until: new Date(Date.now() + 86400e3).toISOString().slice(0, 16) + "Z", reach: "ext. 110" });
  await post("/team/on-call/plan", { person: ["1"], first: new Date(Date.now() + 3 * 86400e3).toISOString().slice(0, 10), at: "09:30",
    days: "7", turns: "3", business: "1" });
  await post("/team/handover", { body: "Look at the bank first.", act: "give" });
}

// Everything that is done fifty times a day: where one is, the keys, what comes of
// them. No more than two keys each; docs/guide lists the same.
const acts = [
  ["the next piece of work", "/keys", ["n"], (page) => page.waitForURL(/\/(inbox|incidents)\/[RI]/)],
  ["record a report", "/home", ["c"], (page) => page.waitForURL(/\/new/)],
  ["go to the inbox", "/home", ["g", "i"], (page) => page.waitForURL(/\/inbox$/)],
  ["go to the board", "/home", ["g", "p"], (page) => page.waitForURL(/\/takedowns$/)],
  ["search, go, do", "/home", ["Control+k"], (page) => page.waitForSelector("dialog.palette[open] input:focus")],
  ["filter a list", "/inbox", ["/"], (page) => page.waitForSelector("#q:focus")],
  ["down a list", "/inbox", ["j"], (page) => page.waitForSelector("tr[data-cursor]")],
  ["open a report", "/inbox", ["j", "Enter"], (page) => page.waitForURL(/\/inbox\/RPT-/)],
  ["tick a row", "/inbox", ["j", "x"], (page) => page.waitForSelector("[data-bulk]:not([hidden])")],
  ["tick all", "/inbox", ["Shift+A"], (page) => page.waitForSelector("[data-bulk]:not([hidden])")],
  ["make an incident of them", "/inbox", ["Shift+A", "e"], (page) => page.waitForSelector("[data-bulk] details[open] #b-title")],
  ["take them", "/inbox", ["Shift+A", "y"], (page) => page.waitForSelector(".toast")],
  ["take back", null, ["z"], "leads"],
  ["triage a report", "/inbox/RPT", ["t"], (page) => page.waitForURL(/\/triage$/)],
  ["answer a question of triage", "/inbox/RPT/triage", ["2"], (page) => page.waitForSelector("form input:checked", { state: "attached" })],
  ["take a report", "/inbox/RPT", ["y"], (page) => page.waitForSelector(".toast")],
  ["write on a report", "/inbox/RPT", ["r"], (page) => page.waitForSelector("textarea[name=text]:focus")],
  ["a snippet", null, ["Control+/", "Enter"], (page) => page.waitForFunction(() => document.querySelector("textarea[name=text]").value.length > 5)],
  ["save it", null, ["Control+Enter"], (page) => page.waitForSelector(".toast")],
  ["write in an incident", "/incidents/INC", ["r"], (page) => page.waitForSelector("textarea[name=text]:focus")],
  ["change its state", "/incidents/INC", ["s"], (page) => page.waitForURL(/\/state/)],
  ["edit its facts", "/incidents/INC", ["f"], (page) => page.waitForURL(/\/edit/)],
  ["check sites", "/takedowns", ["Shift+A", "c"], (page) => page.waitForSelector(".toast")],
  ["ask to stop sites", "/takedowns", ["Shift+A", "w"], (page) => page.waitForURL(/\/takedowns\/notify\/\d+/)],
  ["take sites", "/takedowns", ["Shift+A", "y"], (page) => page.waitForSelector(".toast")],
  ["save the view", "/inbox?urgent=1&state=all", ["v"], (page) => page.waitForSelector("details[open] #view-name")],
];

async function walk(page, lang) {
  const where = async (path) => {
    if (/RPT/.test(path)) {
      await page.goto("/inbox?state=all");
      const href = await page.locator("a[data-open]").first().getAttribute("href");
      return path.replace("/inbox/RPT", href);
    }
    if (/INC/.test(path)) {
      await page.goto("/incidents?state=all");
      return path.replace("/incidents/INC", await page.locator("a[data-open]").first().getAttribute("href"));
    }
    return path;
  };
  for (const [name, path, keys, done] of acts) {
    await test(`day: ${name}: ${keys.join(" ")}, ${lang}`, async () => {
      check(keys.length <= 2, "more than two keys");
      if (path !== null) await page.goto(await where(path));
      page.setDefaultTimeout(5000);
      for (const key of keys.slice(0, -1)) await page.keyboard.press(key);
      if (done === "leads") {
        await Promise.all([page.waitForNavigation(), page.keyboard.press(keys.at(-1))]);
        return;
      }
      await page.keyboard.press(keys.at(-1));
      await done(page);
      await page.waitForLoadState("load");
    });
  }
}

export default async function run() {
  const server = await start();
  const b = await browser();
  await prepare(server);
  for (const lang of ["en", "ja"]) {
    for (const width of [1280, 390]) {
      const page = await person(b, server, { lang, width });
      await signIn(page);
      for (const [name, path] of Object.entries({ home: "/home", mentions: "/me/mentions", watches: "/me/watches",
        rules: "/admin/rules", rule: "/admin/rules/1", "rule-new": "/admin/rules/new", keys: "/keys",
        snippets: "/me/snippets", "snippet-edit": "/me/snippets?id=1", "on-call": "/team/on-call", handovers: "/team/handover",
        handover: "/team/handover/1", "handover-new": "/team/handover/new", view: "/inbox?q=minato.example",
        "view-find": "/directory/find?q=minato.example", "view-directory": "/directory?q=minato.example" })) {
        await test(`day: ${name}, ${lang}, ${width} px`, async () => {
          await page.goto(`${path}${path.includes("?") ? "&" : "?"}lang=${lang}`);
          await inspect(page, `day-${name}`);
        });
      }
      if (width === 1280) {
        await test(`day: one key leads to what needs me most and says why, ${lang}`, async () => {
          await page.goto(`/keys?lang=${lang}`);
          await Promise.all([page.waitForURL(/\/inbox\/RPT-/), page.keyboard.press("n")]);
          check((await page.locator(".toast").innerText()).includes(why[lang]), "the reason is not shown");
          // its own notice opens from the bell with two keys' worth of links
          await page.goto("/me/mentions");
          equal(await page.locator("main .todo-name").count(), 1);
          await Promise.all([page.waitForURL(/\/inbox\/RPT-/), page.locator("main .todo-name").first().press("Enter")]);
        });
        await test(`day: keys are dead while Japanese is composed, ${lang}`, async () => {
          await page.goto(`/keys?lang=${lang}`);
          await page.evaluate(() => document.body.dispatchEvent(
            new KeyboardEvent("keydown", { key: "n", keyCode: 229, isComposing: true, bubbles: true })));
          await page.waitForTimeout(200);
          check(page.url().includes("/keys"), "the key worked");
          await page.keyboard.press("Control+k");
          check(await page.locator("dialog.palette input[role=combobox]").evaluate((x) => x === document.activeElement), "no palette");
        });
      }
      if (width === 1280) {
        await walk(page, lang);
        await test(`day: the palette finds a site, a view, a person; its groups have names, ${lang}`, async () => {
          await page.goto("/home");
          await page.keyboard.press("Control+k");
          await page.keyboard.type("minato");
          await page.waitForSelector(".palette-item:has-text('hxxps://login[.]minato')");
          const groups = await page.locator(".palette-group").allInnerTexts();
          for (const name of lang === "ja" ? ["サイト", "保存した表示", "インシデント"] : ["Sites", "Views", "Incidents"])
            check(groups.includes(name), `no group ${name} in ${groups}`);
          const first = await page.locator(".palette-input").getAttribute("aria-activedescendant");
          await page.keyboard.press("ArrowDown");
          check(first !== await page.locator(".palette-input").getAttribute("aria-activedescendant"), "the choice did not move");
          await inspect(page, "day-palette");
          // Enter of the IME chooses a word, not a line.
          await page.locator(".palette-input").evaluate((x) => x.dispatchEvent(
            new KeyboardEvent("keydown", { key: "Enter", keyCode: 229, isComposing: true, bubbles: true })));
          check(await page.locator("dialog.palette[open]").count() === 1, "the IME's Enter left the palette");
          await page.keyboard.press("Enter");
          await page.waitForURL(/\/(inbox|takedowns|incidents|directory)/);
        });
        await test(`day: a snippet is found by its words and by its number, ${lang}`, async () => {
          await page.goto("/inbox?state=all");
          await page.locator("a[data-open]").first().click();
          await page.waitForURL(/RPT-/);
          await page.fill("textarea[name=text]", "Hello");
          await page.keyboard.press("Control+/");
          await page.waitForSelector(".palette-item:has-text('Receipt')");
          await inspect(page, "day-snippet");
          await page.keyboard.type("receiv");
          await page.keyboard.press("Backspace");
          await page.waitForSelector(".palette-item");
          await page.keyboard.press("Escape");
          await page.focus("textarea[name=text]");
          await page.keyboard.press("Control+/");
          await page.waitForSelector(".palette-item:has-text('Receipt')");
          await page.keyboard.press("2");
          await page.waitForFunction(() => /RPT-/.test(document.querySelector("textarea[name=text]").value));
          await page.fill("textarea[name=text]", "");
        });
      }
      await page.context().close();
    }
    const plain = await person(b, server, { lang, script: false });
    await signIn(plain);
    await test(`day: without a script a snippet comes by the list, a view by its form, ${lang}`, async () => {
      await plain.goto("/inbox?state=all");
      await plain.locator("a[data-open]").first().click();
      await plain.fill("textarea[name=text]", "Hello");
      await plain.selectOption("select[name=snippet]", { label: "Receipt" });
      await Promise.all([plain.waitForNavigation(), plain.click("button[value=snippet]")]);
      check(/^Hello\n[\s\S]*RPT-/.test(await plain.inputValue("textarea[name=text]")), "it is not in the text");
      await plain.goto("/directory?q=minato.example");
      await plain.locator("details.menu:has(#view-name) summary").click();
      await plain.fill("#view-name", `Minato ${lang}`);
      await Promise.all([plain.waitForNavigation(), plain.click("button[value=rename]")]);
      check((await plain.locator("nav [aria-current=page]").allInnerTexts()).join().includes(`Minato ${lang}`), "not renamed");
    });
    await plain.context().close();
  }
  await b.close();
  await server.stop();
}
