// SPDX-License-Identifier: Apache-2.0
// What every page must hold: no accessibility fault (WCAG 2.2 AA), no breach of
// the content policy, no sideways scroll, no untranslated or empty heading.
import { createRequire } from "node:module";
import { readFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { check } from "./tap.mjs";
import { password } from "./server.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const shots = process.env.TOBIGUCHI_SHOTS ?? "";

export async function browser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

// A person with a browser: language, width, script on or off.
export async function person(b, server, { lang = "en", width = 1280, script = true, dark = false } = {}) {
  const context = await b.newContext({
    viewport: { width, height: 900 },
    locale: lang === "ja" ? "ja-JP" : "en-GB",
    timezoneId: "Asia/Tokyo",
    javaScriptEnabled: script,
    colorScheme: dark ? "dark" : "light",
    baseURL: server.base,
  });
  const page = await context.newPage();
  page.faults = [];
  page.lang = lang;
  page.on("console", (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) page.faults.push(message.text());
  });
  page.on("pageerror", (error) => page.faults.push(String(error)));
  page.on("dialog", (dialog) => dialog.accept());
  return page;
}

export async function signIn(page, email = "hanako@csirt.example") {
  await page.goto(`/sign-in?lang=${page.lang}`);
  await page.fill("[name=email]", email);
  await page.fill("[name=password]", password);
  await Promise.all([page.waitForURL((url) => !url.pathname.startsWith("/sign-in")),
    page.press("[name=password]", "Enter")]);
}

// Looks at the page as it stands; throws with everything that is wrong.
export async function inspect(page, name) {
  const wrong = [...page.faults];
  page.faults.length = 0;
  const size = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    lang: document.documentElement.lang,
    title: document.title,
    headings: [...document.querySelectorAll("h1")].map((h) => h.textContent.trim()),
    // Ready letters show their places on purpose.
    leaks: [...document.querySelectorAll("[data-places]")]
      .reduce((text, e) => text.replace(e.innerText, ""), document.body.innerText).match(/\{\{|\}\}|\{[a-z_]+\}/g),
  }));
  if (size.wide > 0) wrong.push(`scrolls sideways by ${size.wide} px`);
  if (size.lang !== page.lang) wrong.push(`lang is ${size.lang}`);
  if (size.headings.length !== 1 || size.headings[0] === "") wrong.push(`h1: ${JSON.stringify(size.headings)}`);
  if (size.title.trim().startsWith("—")) wrong.push("the title is empty");
  if (size.leaks) wrong.push(`template marks: ${size.leaks.slice(0, 5).join(" ")}`);
  if (shots !== "") {
    mkdirSync(shots, { recursive: true });
    const width = page.viewportSize().width;
    await page.screenshot({ path: join(shots, `${name}-${page.lang}-${width}.png`), fullPage: true });
  }
  // What a narrow page alone can break (room, order, size of targets) is the same in both
  // languages: one of them does, but for the long run.
  const twice = page.lang === "en" && page.viewportSize().width < 600 && !process.env.TOBIGUCHI_LONG;
  // Evaluated by the driver, not as a script of the page: its policy stays.
  const found = twice ? [] : await page.evaluate(async (source) => {
    // eslint-disable-next-line no-eval
    if (!window.axe) (0, eval)(source);
    const result = await window.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
      resultTypes: ["violations"],
    });
    return result.violations.map((v) => `${v.id}: ${v.help} (${v.nodes.length}) ${v.nodes[0].html.slice(0, 160)}`);
  }, axe).catch(async (error) => {
    if (!/unsafe-eval|Content Security/.test(String(error))) throw error;
    return ["axe could not run"];
  });
  wrong.push(...found);
  page.faults.length = 0;
  check(wrong.length === 0, `${name} (${page.lang}, ${page.viewportSize().width} px): ${wrong.join("\n")}`);
}
