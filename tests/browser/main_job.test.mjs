// SPDX-License-Identifier: Apache-2.0
// The main job in a browser with real mail: a report, its triage, the incident,
// a signed request, the answer, the end with evidence, the statistics. In
// Japanese, in English, with nothing but the keyboard, and without JavaScript.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { Keyboard, Mouse } from "./hand.mjs";
import { startMail } from "./mail.mjs";
import { browser, inspect, person, signIn } from "./pages.mjs";
import { start } from "./server.mjs";
import { check, equal, test } from "./tap.mjs";

const ways = [
  { name: "ja", lang: "ja", look: true },
  { name: "en", lang: "en", look: true },
  { name: "keyboard only", lang: "en", keyboard: true },
  { name: "without JavaScript", lang: "ja", script: false },
];
const words = {
  ja: { story: "銀行をかたる偽のログイン画面です。hxxps://login[.]bank-example[.]test/ja/", title: "例示銀行のフィッシング",
    evidence: "二人で確認し、404が返る。運営者からも連絡あり。", party: "例示ホスティング" },
  en: { story: "A login page that poses as a bank: hxxps://login[.]bank-example[.]test/en/", title: "Phishing of Example Bank",
    evidence: "Two of us looked: it answers 404. The operator confirmed.", party: "Example Hosting" },
};
const program = process.env.TOBIGUCHI ?? "build/tobiguchi";

async function prepare(server, mail) {
  const token = execFileSync(program, ["token", "create", "--user", "hanako@csirt.example", "--scope", "all",
    "--name", "story", "--data", join(server.folder, "data")], { encoding: "utf8" }).trim().split("\n").pop();
  const post = async (path, body) => {
    const answer = await fetch(server.base + path, { method: "POST", redirect: "manual", body: JSON.stringify(body),
      headers: { "Content-Type": "application/json", Accept: "application/json", Authorization: `Bearer ${token}` } });
    check(answer.status < 400, `${path}: ${answer.status} ${await answer.text()}`);
  };
  await post("/admin/settings", mail.settings());
  await post("/admin/keys", { act: "make" });
}

// Reload until ${selector} is there.
async function awaits(page, path, selector, seconds = 40) {
  const end = Date.now() + seconds * 1000;
  do {
    await page.goto(path);
    if (await page.locator(selector).count() > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 700));
  } while (Date.now() < end);
  throw new Error(`${path} does not show ${selector}: ${(await page.locator("main").innerText()).slice(0, 1000)}`);
}

async function story(way, server, mail, b) {
  const say = words[way.lang];
  const page = await person(b, server, way);
  const hand = way.keyboard ? new Keyboard(page) : new Mouse(page);
  let ref = "", incident = "", thread = "";
  let stopped = false;
  // A later step needs what the earlier ones made.
  const step = async (name, run) => {
    if (stopped) return;
    stopped = !await test(`main job, ${way.name}: ${name}`, async () => {
      try {
        await run();
      } catch (error) {
        error.stack += `\nat ${page.url()}`;
        throw error;
      }
    });
  };
  const faults = [];
  const look = async (name) => {
    if (!way.look) return;
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 900 });
      try {
        await inspect(page, `job-${name}`);
      } catch (error) {
        faults.push(error.message);
      }
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  };

  await step("the report by form", async () => {
    await page.goto(`/report?lang=${way.lang}`);
    await look("report-1");
    await hand.pick("[name=door][value=phishing]");
    await hand.pick("[name=purpose][value=contact]");
    await hand.go("form .actions [data-kind=primary]");
    await look("report-2");
    await hand.type("#story", say.story);
    await hand.type("#urls", "hxxps://login[.]bank-example[.]test/");
    await hand.type("#brand", "Example Bank");
    await hand.go("form .actions [data-kind=primary]");
    await look("report-3");
    await hand.pick("[name=reply][value=mail]");
    await hand.type("#email", "rep@partner.test");
    await hand.go("form .actions [data-kind=primary]");
    await look("report-done");
    ref = (await page.locator("#ref").innerText()).trim();
    check(/^RPT-\d{4}-\d{6}$/.test(ref), `the number is ${ref}`);
    const passphrase = (await page.locator("#passphrase").innerText()).trim();
    const receipt = await mail.find((m) => m.raw.includes(ref));
    await mail.verify(receipt, server.base);
    await hand.go(`a[href^="/report/status?ref="]`);
    await look("status-ask");
    await hand.type("#passphrase", passphrase);
    await hand.go("form .actions [data-kind=primary]");
    check((await page.locator("main").innerText()).includes(ref), `the status page: ${await page.locator("main").innerText()}`);
    await look("status");
  });

  await step("a second report by mail", async () => {
    mail.send("csirt@csirt.test", ["From: Kenji <rep@partner.test>", "To: csirt@csirt.test",
      "Subject: A second look at the page", `Message-ID: <${Date.now()}@partner.test>`, `Date: ${new Date().toUTCString()}`,
      "Content-Type: text/plain; charset=utf-8", "", "https://login.bank-example.test/ asks for passwords.", ""]);
    await signIn(page);
    // The account speaks Japanese until its owner says otherwise.
    if ((await page.evaluate(() => document.documentElement.lang)) !== way.lang) await hand.go(`a.bar-button[hreflang="${way.lang}"]`);
    await awaits(page, "/inbox?state=new", "tbody tr:nth-child(2)");
    await look("inbox");
  });

  await step("triage makes an incident", async () => {
    await page.goto(`/inbox/${ref}`);
    await look("inbox-report");
    await page.goto(`/inbox/${ref}/triage`);
    await look("triage");
    await hand.pick("[name=verdict][value=new]");
    await hand.type("[name=title]", say.title);
    await hand.choose("[name=rsit]", "fraud/phishing");
    await hand.pick("[name=priority][value=high]");
    await hand.pick("[name=known][value=unknown]");
    await hand.go("[name=go][value=stay]");
    await look("report-decided");
    incident = (await page.locator('main a[href^="/incidents/INC-"]').first().innerText()).trim();
    check(/^INC-\d{4}-\d{5}$/.test(incident), `the incident is ${incident}`);
    await page.goto("/incidents");
    await look("incidents");
    await page.goto(`/incidents/${incident}`);
    await look("incident");
  });

  await step("a party, a letter, checked and sent, signed", async () => {
    await page.goto(`/incidents/${incident}/parties/new`);
    await look("party-new");
    await hand.choose("[name=role]", "incident-site");
    await hand.type("[name=org]", say.party);
    await hand.type("[name=email]", "rep@partner.test");
    await hand.go("[name=act][value=save], form .panel-foot [data-kind=primary]");
    await look("incident-party");
    await hand.go(`.party-list li:last-child a[href*="/letters/new?party="]`);
    await look("letter-new");
    await hand.type("#text", (await page.inputValue("#text")).replaceAll("{ip}", "192.0.2.10"));
    await hand.go("[name=act][value=preview]");
    await look("letter-check");
    for (const box of await page.locator("[name=confirm]").evaluateAll((all) => all.map((e) => e.value)))
      await hand.pick(`[name=confirm][value="${box}"]`);
    await hand.go("[name=act][value=send]");
    thread = new URL(page.url()).pathname;
    check(thread.includes("/threads/"), `sending leads to ${thread}`);
    await look("thread-sent");
    const request = await mail.find((m) => (m.field.subject ?? "").includes(incident));
    await mail.verify(request, server.base);
    mail.reply(request, "The page is gone.");
  });

  await step("the answer is on its thread", async () => {
    await awaits(page, thread, ".timeline .event[data-kind=in]");
    check((await page.locator("main").innerText()).includes("The page is gone"), "its words");
    await look("thread-answered");
    await page.goto("/home");
    await look("home");
    await page.goto(thread);
    await hand.go("[name=state][value=actioned]");
    await page.goto(thread);
    await look("thread-done");
  });

  await step("closing wants evidence", async () => {
    await page.goto(`/incidents/${incident}/state`);
    await look("state");
    await hand.go("[name=act][value=close]");
    check(await page.locator("#evidence[aria-invalid=true]").count() === 1, "it asks for evidence");
    await look("state-mistakes");
    await hand.type("#evidence", say.evidence);
    if (await page.locator("#close_reason").count() > 0) await hand.type("#close_reason", say.evidence);
    await hand.go("[name=act][value=close]");
    check(page.url().includes(`/incidents/${incident}`) && !page.url().endsWith("/state"), `closed: ${page.url()}`);
    await look("incident-closed");
  });

  await step("it is counted", async () => {
    await page.goto("/statistics?unit=day");
    await look("statistics");
    const text = (await page.locator("main").innerText()).replace(/\s+/g, " ");
    check(/[1-9]/.test(text), text);
    await page.goto(`/search?q=${encodeURIComponent(way.lang === "ja" ? "銀行" : "bank")}`);
    await look("search");
    check((await page.locator("main").innerText()).includes(incident) || (await page.locator("main").innerText()).includes(ref), "found");
  });

  if (way.look)
    await step("every page visited is sound", async () => {
      for (const path of ["/incidents/new", `/incidents/${incident}/edit`, "/inbox/new", "/me", "/admin", "/admin/users",
        "/admin/settings", "/admin/templates", "/admin/templates/takedown/ja", "/admin/jobs", "/admin/journal", "/admin/keys", "/admin/smime"]) {
        await page.goto(path);
        await look(path.slice(1).replaceAll("/", "-").replace(incident, "one"));
      }
      check(faults.length === 0, `\n${faults.join("\n")}`);
    });
  check(page.faults.length === 0, page.faults.join("\n"));
  await page.context().close();
}

export default async function run() {
  const mail = startMail();
  if (typeof mail === "string") {
    await test("main job in a browser", () => mail);
    return;
  }
  mail.stop();
  const b = await browser();
  const only = process.env.TOBIGUCHI_WAY ?? "";
  for (const way of ways.filter((w) => w.name.includes(only))) {
    const servers = startMail();
    let server;
    try {
      server = await start();
      await prepare(server, servers);
      await story(way, server, servers, b);
    } catch (error) {
      await test(`main job, ${way.name}`, () => { throw error; });
    } finally {
      await server?.stop();
      servers.stop();
    }
  }
  await b.close();
}
