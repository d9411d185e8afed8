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
  await post("/inbox", { title: "A question", text: "Is 203.0.113.9 yours?" });
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
        rules: "/admin/rules", rule: "/admin/rules/1", "rule-new": "/admin/rules/new", keys: "/keys" })) {
        await test(`day: ${name}, ${lang}, ${width} px`, async () => {
          await page.goto(`${path}?lang=${lang}`);
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
      await page.context().close();
    }
  }
  await b.close();
  await server.stop();
}
