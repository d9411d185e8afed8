// SPDX-License-Identifier: Apache-2.0
// TAP output and assertions for the browser tests.
let n = 0;
let bad = 0;

export async function test(name, run) {
  const number = ++n;
  try {
    const skip = await run();
    console.log(`ok ${number} - ${name}${typeof skip === "string" ? ` # SKIP ${skip}` : ""}`);
    return true;
  } catch (error) {
    bad++;
    console.log(`not ok ${number} - ${name}`);
    for (const line of String(error.stack ?? error).split("\n").slice(0, 14)) console.log(`# ${line}`);
    return false;
  }
}

export function check(condition, message) {
  if (!condition) throw new Error(message);
}

export function equal(have, want, what = "value") {
  check(have === want, `${what}: have ${JSON.stringify(have)}, want ${JSON.stringify(want)}`);
}

export function done() {
  console.log(`1..${n}`);
  process.exitCode = bad > 0 ? 1 : 0;
}
