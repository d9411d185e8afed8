// SPDX-License-Identifier: Apache-2.0
// Runs the browser tests and prints TAP.
//   node tests/browser/run.mjs [NAME...]     (TOBIGUCHI names the program,
//   TOBIGUCHI_SHOTS a folder for pictures of every page)
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { done } from "./tap.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const wanted = process.argv.slice(2);
for (const file of readdirSync(here).filter((f) => f.endsWith(".test.mjs")).sort()) {
  if (wanted.length > 0 && !wanted.some((w) => file.includes(w))) continue;
  const { default: run } = await import(join(here, file));
  await run();
}
done();
