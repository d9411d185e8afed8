// SPDX-License-Identifier: Apache-2.0
// Starts the real program on a temporary folder and a free port of loopback.
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const program = process.env.TOBIGUCHI ?? "build/tobiguchi";
export const password = "a quiet wooden bridge";

export function command(folder, ...args) {
  return execFileSync(program, [...args, "--data", join(folder, "data")], { encoding: "utf8" });
}

// ${before} gets the folder before the server is there.
export async function start({ init = true, before = () => {} } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "tobiguchi-browser-"));
  chmodSync(folder, 0o755);
  if (init) {
    writeFileSync(join(folder, "password"), password);
    command(folder, "init", "--name", "Example CSIRT", "--admin-name", "Hanako Yamada", "--admin-email",
      "hanako@csirt.example", "--admin-password-file", join(folder, "password"));
  }
  before(folder);
  const child = spawn(program, ["serve", "--data", join(folder, "data"), "--listen", "127.0.0.1:0"],
    { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  child.stderr.on("data", (bytes) => { log += bytes; });
  const said = await new Promise((resolve, reject) => {
    let out = "";
    child.stdout.on("data", (bytes) => {
      out += bytes;
      if (/http:\/\/\S+/.test(out)) resolve(out);
    });
    child.on("exit", (code) => reject(new Error(`serve ended with ${code}: ${log}`)));
  });
  const link = said.match(/http:\/\/\S+/)[0];
  return {
    folder,
    link,
    base: new URL(link).origin,
    log: () => log,
    async stop() {
      const ended = new Promise((resolve) => child.on("exit", resolve));
      child.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
