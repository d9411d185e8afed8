// SPDX-License-Identifier: Apache-2.0
// Letters about many sites by keyboard, contact finding, and the page on which a
// recipient answers: in both languages, also on a telephone.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { browser, inspect, person, signIn } from "./pages.mjs";
import { start } from "./server.mjs";
import { check, equal, test } from "./tap.mjs";

const secret = "A".repeat(43);

function sql(server, text) {
  return execFileSync("python3", ["-c", `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=10)
for statement in sys.argv[2].split(";"):
    for row in db.execute(statement): print(*row, sep="|")
db.commit()`, join(server.folder, "data", "tobiguchi.db"), text], { encoding: "utf8" }).trim();
}

async function incident(page) {
  await page.goto("/incidents/new");
  await page.fill("[name=title]", "Phishing that imitates Minato Example Bank");
  await page.selectOption("[name=rsit]", "fraud/phishing");
  await page.click("main form button[data-kind=primary]");
  await page.waitForURL(/INC-/);
}

function seed(server) {
  sql(server, `INSERT INTO organisation (id, name, name_en, folded, kind, cc, lang, max_tlp, formats, source, created_at, updated_at) VALUES
    (101, 'Example Hosting', NULL, 'example hosting', 'hosting', 'US', 'en', 'AMBER', 'table,csv,iodef', 'manual', 1, 1),
    (102, '例示インターネット株式会社', 'Reiji Internet', 'reiji', 'isp', 'JP', 'ja', 'AMBER', 'table', 'manual', 1, 1);
  INSERT INTO contact (id, organisation_id, purpose, email, source, source_at) VALUES
    (101, 101, 'abuse', 'abuse@hosting.example', 'manual', 1), (102, 102, 'abuse', 'abuse@isp.example', 'manual', 1);
  INSERT INTO organisation_scope (organisation_id, kind, value) VALUES (101, 'prefix', '192.0.2.0/24'), (102, 'prefix', '198.51.100.0/24');
  INSERT INTO site (id, incident_id, url, host, domain, tld, address, cc, reported_at, updated_at) VALUES
    (1, 1, 'http://login-bank.example/ja/', 'login-bank.example', 'login-bank.example', 'example', '192.0.2.44', 'US', 1700000000000, 1),
    (2, 1, 'https://pay.example/a?b=c', 'pay.example', 'pay.example', 'example', '192.0.2.45', 'US', 1700000000000, 1),
    (3, 1, 'http://three.example/', 'three.example', 'three.example', 'example', '198.51.100.7', 'JP', 1700000000000, 1),
    (4, 1, 'http://four.example/', 'four.example', 'four.example', 'example', NULL, NULL, 1700000000000, 1)`);
}

// What the board does with its selection.
async function prepare(page) {
  await page.goto("/takedowns");
  const token = await page.getAttribute("meta[name=csrf]", "content");
  const answer = await page.request.post("/takedowns/notify", {
    headers: { Accept: "application/json" }, form: { csrf: token, site: "1", act: "request" }, maxRedirects: 0 });
  const id = sql(page.server, "SELECT MAX(id) FROM mailing");
  check(answer.status() < 400, `prepare: ${answer.status()}`);
  sql(page.server, `INSERT INTO mailing_site (mailing_id, site_id) SELECT ${id}, id FROM site WHERE id > 1`);
  await page.goto(`/takedowns/notify/${id}`);
  await page.click("button[value=group]");
  await page.waitForURL(/notify\/\d+/);
  return id;
}

export default async function run() {
  const server = await start();
  const b = await browser();
  let id = "";

  for (const lang of ["en", "ja"]) {
    const page = await person(b, server, { lang });
    page.server = server;
    sql(server, `UPDATE person SET lang = '${lang}'`);
    await signIn(page);
    if (lang === "en") {
      await incident(page);
      seed(server);
    }
    await test(`notify: letters are looked at and sent by keyboard (${lang})`, async () => {
      id = await prepare(page);
      await inspect(page, "notify-letters");
      const first = await page.textContent(".letter-sheet pre");
      check(first.includes("hxxp://login-bank[.]example/ja/"), "the site is not in the letter, defanged");
      await page.keyboard.press("]");
      await page.waitForURL(/letter=\d+/);
      check((await page.textContent(".letter-sheet pre")).includes("フィッシングサイト"), "not in the recipient's language");
      await page.keyboard.press("[");
      await page.waitForFunction(() => document.querySelector(".letter-sheet pre").textContent.includes("Example Hosting"));
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector(".mistakes, [role=alert], .error-summary");
      await inspect(page, "notify-unconfirmed");
      await page.check("[name=confirm][value=clear]");
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector("[data-hold]");
      await inspect(page, "notify-held");
      await page.keyboard.press("z");
      await page.waitForSelector("button[value=send]");
      equal(sql(server, "SELECT COUNT(*) FROM message WHERE direction = 'out'"), "0", "letters");
    });
    await test(`notify: a contact is found for what has none (${lang})`, async () => {
      await page.goto(`/takedowns/notify/${id}`);
      await page.click("a[href*='/directory/find']");
      await page.waitForURL(/directory\/find/);
      await inspect(page, "find-nobody");
      await page.goto("/directory/find?q=192.0.2.44&site=1");
      await inspect(page, "find");
      await page.keyboard.press("1");
      await page.waitForURL(/takedowns\/1/);
      equal(sql(server, "SELECT contact_id FROM site WHERE id = 1"), "101", "contact");
    });
    await page.goto("/takedowns/notify");
    await test(`notify: the list of letters (${lang})`, () => inspect(page, "notify-list"));
    await page.context().close();
    const small = await person(b, server, { lang, width: 390 });
    await signIn(small);
    for (const [name, path] of Object.entries({ "notify-letters": `/takedowns/notify/${id}`, "notify-list": "/takedowns/notify",
      find: "/directory/find?q=192.0.2.44" })) {
      await test(`${name}, ${lang}, 390 px`, async () => {
        await small.goto(path);
        await inspect(small, name);
      });
    }
    await small.context().close();
  }

  // Sent, so that there is a link; its secret is one that we know.
  sql(server, "INSERT INTO setting (key, value) VALUES ('mail.hold_seconds', '0'), ('team.email', 'csirt@csirt.example')");
  sql(server, "UPDATE person SET lang = 'en'");
  const page = await person(b, server);
  await signIn(page);
  await page.goto(`/takedowns/notify/${id}`);
  await page.check("[name=confirm][value=clear]");
  await page.keyboard.press("Control+Enter");
  for (let i = 0; i < 150 && sql(server, `SELECT state FROM mailing WHERE id = ${id}`) !== "sent"; i++) await page.waitForTimeout(100);
  equal(sql(server, `SELECT state FROM mailing WHERE id = ${id}`), "sent", "mailing");
  await page.context().close();
  const after = await person(b, server);
  await signIn(after);
  await after.goto(`/takedowns/notify/${id}`);
  await test("notify: letters that left", () => inspect(after, "notify-sent"));
  const hash = execFileSync("python3", ["-c", "import hashlib, sys; print(hashlib.blake2b(sys.argv[1].encode(), digest_size=32).hexdigest())",
    secret], { encoding: "utf8" }).trim();
  sql(server, `UPDATE mailing_letter SET token_hash = '${hash}' WHERE id = (SELECT MIN(id) FROM mailing_letter WHERE mailing_id = ${id})`);
  for (const lang of ["en", "ja"]) {
    for (const width of [1280, 390]) {
      const anyone = await person(b, server, { lang, width, script: width === 1280 });
      await test(`answer: without an account, ${lang}, ${width} px`, async () => {
        await anyone.goto(`/answer/${secret}?lang=${lang}`);
        if (width === 1280) await inspect(anyone, "answer");
        check((await anyone.textContent("main")).includes("hxxp://login-bank[.]example/ja/"), "the letter's site is missing");
        await anyone.goto(`/answer/${"B".repeat(43)}?lang=${lang}`);
        if (width === 1280) await inspect(anyone, "answer-no-link");
      });
      if (lang === "ja" && width === 390) {
        await test("answer: once, on a telephone without script", async () => {
          await anyone.goto(`/answer/${secret}?lang=ja`);
          await anyone.check("[name=all][value=told]");
          await anyone.check("[name=answer-1][value=done]");
          await anyone.fill("[name=note-1]", "契約を解除しました");
          await anyone.click("main button[data-kind=primary]");
          await anyone.waitForSelector(".banner[data-kind=good]");
          equal(sql(server, "SELECT site_id, answer FROM notification_site WHERE answer IS NOT NULL ORDER BY site_id"), "1|done\n2|told", "answers");
        });
      }
      await anyone.context().close();
    }
  }
  const phone = await person(b, server, { lang: "ja", width: 390 });
  await phone.goto(`/answer/${secret}?lang=ja`);
  await test("answer: answered, 390 px", () => inspect(phone, "answer-closed"));
  await b.close();
  await server.stop();
}
