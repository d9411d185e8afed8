// SPDX-License-Identifier: Apache-2.0
// The public pages, as anybody sees them.
import { browser, inspect, person } from "./pages.mjs";
import { start } from "./server.mjs";
import { test } from "./tap.mjs";

const pages = { home: "/", about: "/about", "sign-in": "/sign-in", status: "/status", missing: "/nothing-here" };

export default async function run() {
  const server = await start();
  const b = await browser();
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
