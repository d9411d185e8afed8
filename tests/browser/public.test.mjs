// SPDX-License-Identifier: Apache-2.0
// The public pages, as anybody sees them; and those of the telescope, whose graphs are public.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { browser, inspect, person, signIn } from "./pages.mjs";
import { command, start } from "./server.mjs";
import { check, equal, test } from "./tap.mjs";

const pages = { home: "/", about: "/about", "sign-in": "/sign-in", status: "/status", missing: "/nothing-here",
  observation: "/observation", reports: "/observation/reports", data: "/observation/data" };
const quarter = `${new Date().getUTCFullYear()}Q${Math.floor(new Date().getUTCMonth() / 3) + 1}`;
const team = { questions: "?days=14&against=week", hours: "?by=hour&q=tcp+dport+23&against=week&days=7", fault: "?q=tcp+and+(",
  graphs: "/graphs", noticed: "/noticed?state=all", one: "/noticed/1", limits: "/limits", reports: "/reports",
  report: `/reports/${quarter}-ja`, sensors: "/sensors", add: "/sensors/new", scanners: "/scanners", exchange: "/exchange",
  recipient: "/exchange/1", "new-recipient": "/exchange/new" };

// Sixteen days of packets until now.
function packets(folder) {
  const [pcap, map] = ["weeks.pcap", "map.csv"].map((name) => join(folder, name));
  execFileSync("python3", [new URL("../tools/telescope_weeks.py", import.meta.url).pathname, pcap, map, String(Math.floor(Date.now() / 1000))]);
  command(folder, "telescope", "import", "--sensors", map, pcap);
  writeFileSync(join(folder, "directory.csv"), "name,kind,country,max_tlp\nExample CERT,csirt,KR,AMBER\n");
  command(folder, "directory", "import", join(folder, "directory.csv"));
}

async function soon(page, path, text) {
  for (let i = 0; i < 100; i++) {
    await page.goto(path);
    if ((await page.content()).includes(text)) return;
    await page.waitForTimeout(200);
  }
  check(false, `${path} never has ${text}`);
}

async function telescope(b, server) {
  const ask = await person(b, server);
  await signIn(ask);
  await soon(ask, "/observation", "<svg class=\"c\"");
  await soon(ask, "/telescope/noticed?state=all", "9530/tcp");
  await ask.goto("/telescope/reports");
  await ask.selectOption("#quarter", quarter);
  await Promise.all([ask.waitForNavigation(), ask.click("main button[data-kind=primary]")]);
  await soon(ask, "/telescope/reports", `${quarter}-ja`);
  await ask.goto("/admin/settings");
  await ask.check('input[type=checkbox][name="telescope.open_data"]');
  await Promise.all([ask.waitForNavigation(), ask.click('#telescope button')]);
  await ask.goto("/telescope/exchange/new");
  await ask.selectOption("#organisation", { index: 0 });
  await Promise.all([ask.waitForNavigation(), ask.click("main form button[data-kind=primary]")]);
  check(await ask.isChecked("input[type=checkbox][name=encrypt]"), "what was ticked is lost");
  await ask.context().close();
  for (const [lang, width, dark] of [["en", 1280, true], ["ja", 390, false]]) {
    const page = await person(b, server, { lang, width, dark });
    await signIn(page);
    for (const [name, path] of Object.entries(team))
      await test(`telescope: ${name}, ${lang}, ${width} px`, async () => {
        await page.goto(`/telescope${path}${path.includes("?") ? "&" : "?"}lang=${lang}`);
        await inspect(page, `telescope-${name}`);
      });
    await page.context().close();
  }
  const page = await person(b, server);
  await signIn(page);
  await test("telescope: a stretch drawn on the lines opens larger", async () => {
    await page.goto("/telescope?by=hour&days=14");
    const box = await page.locator("figure[data-zoom] svg.c").boundingBox();
    await page.mouse.move(box.x + box.width * 0.3, box.y + box.height / 2);
    check(/UTC · /.test(await page.locator(".zoom").innerText()), "no numbers under the pointer");
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, box.y + box.height / 2);
    await Promise.all([page.waitForNavigation(), page.mouse.up()]);
    const query = new URL(page.url()).searchParams;
    check(query.get("from") < query.get("to"), page.url());
    equal(await page.locator("#by").inputValue(), "hour", "another question");
  });
  await page.context().close();
}

export default async function run() {
  const server = await start({ before: packets });
  const b = await browser();
  await telescope(b, server);
  for (const lang of ["en", "ja"]) {
    for (const width of [1280, 390]) {
      const page = await person(b, server, { lang, width });
      for (const [name, path] of Object.entries(pages)) {
        await test(`public: ${name}, ${lang}, ${width} px`, async () => {
          await page.goto(`${path}?lang=${lang}`);
          await inspect(page, `public-${name}`);
        });
      }
      await page.context().close();
    }
  }
  await b.close();
  await server.stop();
}
