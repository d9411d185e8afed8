// SPDX-License-Identifier: Apache-2.0
// The handler's fast day with phishing sites: a list is imported, put on the board,
// grouped by contact, looked at and sent, all by keyboard; in both languages, on a
// desk and on a telephone, with a made-up list and with a real day.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { browser, inspect, person, signIn } from "./pages.mjs";
import { command, start } from "./server.mjs";
import { check, equal, test } from "./tap.mjs";

const brands = ["Minato Example Bank", "みなと例示銀行", "Kitchen Example Mart", "例示カード", "Example Pay"];
const hosts = ["cloud-a.example", "cloud-b.example", "rental.example", "sites.example"];
const real = join(process.env.TOBIGUCHI_CONFORMANCE ?? "", "jpcert-phishurl/2023/202301.csv");

function sql(server, text) {
  return execFileSync("python3", ["-c", `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=10)
for statement in sys.argv[2].split(";"):
    for row in db.execute(statement): print(*row, sep="|")
db.commit()`, join(server.folder, "data", "tobiguchi.db"), text], { encoding: "utf8" }).trim();
}

// 40 sites at four hosters, 2 of them at nobody's.
function madeUp(day) {
  const rows = ["date,URL,description"];
  for (let i = 0; i < 40; i++) {
    const host = i % 20 === 19 ? `nobody${i}.example` : `login${i}.${hosts[i % 4]}`;
    rows.push(`2026/09/${day} 10:${String(i).padStart(2, "0")}:00,https://${host}/${day}/ja/?id=${i},${brands[i % 5]}`);
  }
  return `${rows.join("\n")}\n`;
}

// Who is responsible for what: hosters by their domain, registries by theirs.
function directory(server) {
  const owners = [...hosts, "com", "cn", "net", "top", "xyz", "shop", "org", "jp", "app", "icu"];
  owners.forEach((domain, i) => sql(server, `INSERT INTO organisation
    (id, name, folded, kind, cc, lang, max_tlp, formats, source, created_at, updated_at)
    VALUES (${i + 1}, 'Abuse desk of ${domain}', 'abuse desk of ${domain}', '${i < hosts.length ? "hosting" : "registry"}', 'US',
      '${i % 2 ? "ja" : "en"}', 'AMBER', 'table,csv', 'manual', 1, 1);
    INSERT INTO contact (id, organisation_id, purpose, email, source, source_at)
    VALUES (${i + 1}, ${i + 1}, 'abuse', 'abuse@desk${i}.example', 'manual', 1);
    INSERT INTO organisation_scope (organisation_id, kind, value) VALUES (${i + 1}, 'domain', '${domain}')`));
}

async function shown(page, name) {
  await inspect(page, `takedown-${name}`);
}

async function press(page, key, url) {
  await Promise.all([page.waitForURL(url), page.keyboard.press(key)]);
}

// From the imported list to letters that are held; nothing but keys after the sign-in.
async function day(page, server, file, name, look) {
  const began = Date.now();
  command(server.folder, "report", "import", "--format", "jpcert-phishurl", file);
  const total = readFileSync(file, "utf8").trim().split("\n").length - 1;

  await page.goto("/inbox");
  await page.keyboard.press("/");
  await page.keyboard.type("channel:import");
  await Promise.all([page.waitForURL(/channel/), page.keyboard.press("Enter")]);
  if (look) await shown(page, "inbox");
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press("Shift+A");
  await page.keyboard.press("Shift+A");
  await page.keyboard.press("b");
  await press(page, "Enter", /takedowns/);
  if (look) await shown(page, "to-board");
  for (let i = 0; i < 300 && Number(sql(server, "SELECT COUNT(*) FROM site WHERE state = 'reported'")) < total; i++)
    await page.waitForTimeout(100);
  const put = Number(sql(server, "SELECT COUNT(*) FROM site WHERE state = 'reported'"));
  await page.keyboard.press("g");
  await press(page, "p", (url) => url.pathname === "/takedowns");
  await page.waitForSelector("table[data-list]");
  if (look) await shown(page, "board");
  await page.keyboard.press("Shift+A");
  await page.keyboard.press("Shift+A");
  await press(page, "w", /takedowns\/notify\/\d+/);
  if (look && await page.locator("progress").count() > 0) await shown(page, "progress");
  await page.waitForSelector(".letter-sheet", { timeout: 60000 });
  if (look) await shown(page, "letters");
  const first = await page.textContent(".letter-sheet header");
  await press(page, "]", /letter=\d+/);
  check((await page.textContent(".letter-sheet header")) !== first, "] does not lead to the next letter");
  await page.keyboard.press("[");
  await page.waitForFunction((text) => document.querySelector(".letter-sheet header")?.textContent === text, first);
  for (const box of await page.locator("[name=confirm]").all()) {
    await box.focus();
    await page.keyboard.press("Space");
  }
  await page.keyboard.press("Control+Enter");
  await page.waitForSelector("[data-hold]");
  if (look) await shown(page, "held");
  const seconds = (Date.now() - began) / 1000;
  check(seconds < 180, `it took ${seconds} s`);
  console.log(`# ${name}: ${total} lines, ${put} sites, ${sql(server, "SELECT COUNT(*) FROM mailing_letter WHERE mailing_id = (SELECT MAX(id) FROM mailing)")} letters held after ${seconds.toFixed(1)} s`);
  return put;
}

export default async function run() {
  const server = await start();
  const b = await browser();
  let number = 0;

  directory(server);
  sql(server, "INSERT INTO setting (key, value) VALUES ('team.email', 'csirt@csirt.example'), ('mail.hold_seconds', '60')");
  for (const lang of ["ja", "en"]) {
    const page = await person(b, server, { lang });
    sql(server, `UPDATE person SET lang = '${lang}'`);
    await signIn(page);
    await test(`takedown: a day's list becomes letters by keyboard, ${lang}`, async () => {
      const file = join(server.folder, `day-${lang}.csv`);
      writeFileSync(file, madeUp(lang === "ja" ? "17" : "18"));
      equal(await day(page, server, file, `made-up day, ${lang}`, true), 40, "sites");
      number = Number(sql(server, "SELECT MAX(id) FROM mailing"));
      equal(sql(server, `SELECT COUNT(*) FROM mailing_letter WHERE mailing_id = ${number}`), "4", "letters");
      equal(sql(server, `SELECT COUNT(*) FROM mailing_site WHERE mailing_id = ${number} AND letter_id IS NULL`), "2", "sites of nobody");
      equal(sql(server, `SELECT state FROM mailing WHERE id = ${number}`), "held", "state");
      await page.keyboard.press("z");
      await page.waitForSelector("button[value=send]");
      equal(sql(server, "SELECT COUNT(*) FROM message WHERE direction = 'out'"), "0", "letters that left");
    });
    await page.context().close();
    const small = await person(b, server, { lang, width: 390 });
    await signIn(small);
    const site = sql(server, "SELECT MIN(id) FROM site");
    for (const [name, path] of Object.entries({ board: "/takedowns", "board-brand": "/takedowns?group=brand", site: `/takedowns/${site}`,
      letters: `/takedowns/notify/${number}`, add: "/takedowns/new", brands: "/takedowns/brands" })) {
      await test(`takedown: ${name}, ${lang}, 390 px`, async () => {
        await small.goto(path);
        await shown(small, name);
      });
    }
    await small.context().close();
    // what is on the board is not in the way of the other language's day
    sql(server, "UPDATE site SET state = 'stopped', stopped_at = reported_at, change = change + 1000000");
  }

  await test("takedown: a real day of 2023", async () => {
    if (!existsSync(real)) return "TOBIGUCHI_CONFORMANCE is not set";
    const rows = readFileSync(real, "utf8").split("\n");
    const file = join(server.folder, "real.csv");
    writeFileSync(file, `${rows.filter((r, i) => i === 0 || r.startsWith("2023/01/10")).map((r) => r.trimEnd()).join("\n")}\n`);
    const page = await person(b, server, { lang: "ja" });
    sql(server, "UPDATE person SET lang = 'ja'");
    await signIn(page);
    check(await day(page, server, file, "a real day", false) > 100, "sites");
    await shown(page, "real");
    await page.context().close();
    return undefined;
  });
  await b.close();
  await server.stop();
}
