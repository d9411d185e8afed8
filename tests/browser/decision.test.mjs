// SPDX-License-Identifier: Apache-2.0
// A person decides 20 prepared reports with the keyboard alone, in both languages;
// the pages of decisions are free of faults, also on a telephone and without a script.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { browser, inspect, person, signIn } from "./pages.mjs";
import { start } from "./server.mjs";
import { check, equal, test } from "./tap.mjs";

const program = process.env.TOBIGUCHI ?? "build/tobiguchi";
const pages = ["", "/priority", "/tasks", "/settings", "/models", "/models/1", "/history"];
// Looked at once in each language, wide in one and narrow in the other.
const more = ["/disagreement", "/history/1", "/imports", "/imports/1", "/imports/2", "/practice", "/practice/1", "/worksheets",
  "/worksheets/1", "/worksheets/1?print=1", "/models/1/edit?show=holes", "/models/1/facts/0", "/sources"];

async function prepare(server) {
  const token = execFileSync(program, ["token", "create", "--user", "hanako@csirt.example", "--scope", "all",
    "--name", "decision", "--data", join(server.folder, "data")], { encoding: "utf8" }).trim().split("\n").pop();
  return async (path, body) => {
    const answer = await fetch(server.base + path, { method: body ? "POST" : "GET", redirect: "manual",
      body: body instanceof FormData ? body : body && JSON.stringify(body),
      headers: { ...(body instanceof FormData ? {} : { "Content-Type": "application/json" }), Accept: "application/json", Authorization: `Bearer ${token}` } });
    const text = await answer.text();
    check(answer.status < 400, `${path}: ${answer.status} ${text}`);
    return text === "" ? null : JSON.parse(text).data;
  };
}

export default async function run() {
  const server = await start();
  const api = await prepare(server);
  const b = await browser();
  const first = await person(b, server);
  await signIn(first);
  await test("decision: without a model the page says how to begin", async () => {
    await first.goto("/vulnerabilities?lang=en");
    await inspect(first, "decision-begin");
    await Promise.all([first.waitForNavigation(), first.click("main button[data-kind=primary]")]);
    await inspect(first, "decision-empty");
  });
  await first.context().close();
  for (const lang of ["en", "ja"]) {
    for (let i = 1; i <= 20; i++)
      await api("/vulnerabilities", { title: `CVE-2026-${lang === "en" ? 1 : 2}${String(i).padStart(4, "0")} ExampleOS`, exposure: "9" });
    const page = await person(b, server, { lang });
    await signIn(page);
    await test(`decision: 20 reports by keyboard alone, ${lang}`, async () => {
      await page.goto(`/vulnerabilities?lang=${lang}`);
      await inspect(page, "decision-list");
      await page.keyboard.press("j");
      await page.keyboard.press("Enter");
      await page.waitForSelector(".decide");
      await inspect(page, "decision-case");
      for (let i = 0; i < 20; i++) {
        const here = page.url();
        if (i === 0) { // the numbers go where "o" has led, also while a question is open
          await page.keyboard.press("o");
          await page.keyboard.press("2");
          check(await page.isChecked('#override [data-key="2"]'), "the number answered something else");
          await page.goto(here);
        }
        for (let k = 0; (await page.locator('.ask[data-state="now"]').count()) > 0; k++) {
          check(k < 12, "it asks without end");
          await Promise.all([page.waitForNavigation(), page.keyboard.press((i + k) % 3 === 0 ? "2" : i === 7 && k === 0 ? "0" : "1")]);
        }
        if (i === 3) await inspect(page, "decision-proposal");
        if (i === 5) {
          // Otherwise than proposed: not without a reason.
          const proposed = await page.inputValue('.proposal input[name="outcome"]');
          check((await page.locator('#override [data-key="1"]').count()) === 1, "outcomes have no numbers");
          await page.keyboard.press("o");
          await page.keyboard.press((await page.inputValue('#override [data-key="1"]')) === proposed ? "2" : "1");
          await Promise.all([page.waitForNavigation(), page.keyboard.press("Control+Enter")]);
          check((await page.locator("#reason-e").count()) === 1, "the reason is not asked for");
          await inspect(page, "decision-reason");
          await page.focus("main");
          await page.keyboard.press("r");
          await page.keyboard.type("Only in closed networks here");
          const again = page.url();
          await Promise.all([page.waitForURL((u) => u.href !== again), page.keyboard.press("Control+Enter")]);
          continue;
        }
        await Promise.all([page.waitForURL((u) => u.href !== here), page.keyboard.press("y")]);
      }
      check(new URL(page.url()).pathname === "/vulnerabilities", `ended on ${page.url()}`);
      equal((await api("/vulnerabilities")).items.length, 0, "open reports");
      // The last one is taken back, and decided again.
      await Promise.all([page.waitForNavigation(), page.keyboard.press("z")]);
      const open = (await api("/vulnerabilities")).items;
      equal(open.length, 1, "taken back");
      await api(`/vulnerabilities/${open[0].id}/decide`, { outcome: open[0].proposal.outcome });
    });
    if (lang === "en") {
      // What the team decided before, from a file; another file is still to be mapped.
      const upload = async (name, text) => {
        const form = new FormData();
        form.append("file", new Blob([text], { type: "text/csv" }), name);
        return api("/vulnerabilities/imports", form);
      };
      const rows = [...Array(12).keys()].map((i) => `CVE-2025-${i},2025-0${i % 9 + 1}-01,${i % 2 ? "easy" : "hard"},${"WMSX"[i % 4]},Old hand`);
      await upload("past.csv", `cve,date,EE,decision,analyst\n${rows.join("\n")}\n`);
      await api("/vulnerabilities/imports/1", { act: "look", outcome: "decision", at: "date", who: "analyst", title: "cve", fact_0: "EE" });
      await api("/vulnerabilities/imports/1", { act: "take" });
      await upload("odd.csv", "EE,decision\nodd,Q\n");
      await api("/vulnerabilities/imports/2", { act: "look", outcome: "decision", fact_0: "EE" });
      await api("/vulnerabilities/worksheets", { leaf: "0" });
      for (let i = 0; (await api("/vulnerabilities/imports/1")).state !== "done"; i++) {
        check(i < 300, "the file is not taken in");
        await page.waitForTimeout(100);
      }
      await test("decision: blind practice by keyboard", async () => {
        await page.goto("/vulnerabilities/practice");
        await Promise.all([page.waitForURL(/practice\/1/), page.keyboard.press("n")]);
        await inspect(page, "decision-blind");
        for (let i = 0; i < 10; i++)
          await Promise.all([page.waitForNavigation(), page.keyboard.press(String(i % 4 + 1))]);
        check((await page.locator(".sure dd").first().innerText()).includes("/ 10"), "the round does not end");
      });
    }
    for (const width of [1280, 390])
      await test(`decision: every page, ${lang}, ${width} px`, async () => {
        await page.setViewportSize({ width, height: 900 });
        for (const p of pages) {
          const answer = await page.goto(`/vulnerabilities${p}`);
          equal(answer.status(), 200, p);
          await inspect(page, `decision${p.replace("/", "-")}`);
        }
        await page.goto("/vulnerabilities/3");
        await inspect(page, "decision-narrow");
        if ((lang === "en") !== (width === 1280)) return;
        for (const p of more) {
          equal((await page.goto(`/vulnerabilities${p}`)).status(), 200, p);
          await inspect(page, `decision${p.replace(/[/?=]/g, "-")}`);
        }
      });
    await page.context().close();
    const plain = await person(b, server, { lang, script: false });
    await signIn(plain);
    await test(`decision: without a script, ${lang}`, async () => {
      await plain.goto("/vulnerabilities/priority");
      await plain.locator("main details summary").first().click();
      await plain.locator("main details input[name=reason]").first().fill("The director asks");
      await Promise.all([plain.waitForNavigation(), plain.locator("main details button[value=pin]").first().click()]);
      check((await plain.locator("tbody tr").first().innerText()).includes("The director asks"), "not pinned");
      await Promise.all([plain.waitForNavigation(), plain.locator("tbody button[value=done]").first().click()]);
    });
    await plain.context().close();
  }
  await b.close();
  await server.stop();
}
