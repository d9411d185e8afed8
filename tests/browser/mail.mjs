// SPDX-License-Identifier: Apache-2.0
// Postfix and Dovecot beside the program, and GnuPG as the other side has it.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check } from "./tap.mjs";

const tool = new URL("../tools/mta", import.meta.url).pathname;

// The mail servers, or the reason why there are none here.
export function startMail() {
  const folder = mkdtempSync(join(tmpdir(), "tobiguchi-mta-"));
  try {
    const said = execFileSync("bash", [tool, "up", folder], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    const port = (name) => said.match(new RegExp(`\\b${name}=(\\d+)`))[1];
    return new Mail(folder, port("SMTP"), port("IMAP"));
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    if (error.status === 77) return String(error.stderr).trim();
    throw error;
  }
}

// Header fields by lower-case name, and the text of the first plain part.
function read(raw) {
  const [head, ...rest] = raw.replaceAll("\r\n", "\n").split("\n\n");
  const field = {};
  for (const line of head.replace(/\n[ \t]+/g, " ").split("\n")) {
    const at = line.indexOf(":");
    field[line.slice(0, at).toLowerCase()] = line.slice(at + 1).trim();
  }
  return { raw, field, body: rest.join("\n\n") };
}

class Mail {
  constructor(folder, smtp, imap) {
    Object.assign(this, { folder, smtp, imap });
    this.home = join(folder, "gnupg");
    execFileSync("mkdir", ["-m", "700", this.home]);
  }

  stop() {
    execFileSync("bash", [tool, "down", this.folder]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  settings() {
    return {
      "team.name.en": "Example CSIRT", "team.name.ja": "例示CSIRT", "team.email": "csirt@csirt.test",
      "smtp.url": `smtp://127.0.0.1:${this.smtp}`, "smtp.tls": "none",
      "imap.url": `imap://127.0.0.1:${this.imap}`, "imap.tls": "none", "imap.user": "csirt",
      "imap.password": "test", "imap.poll_seconds": "5", "mail.hold_seconds": "1",
    };
  }

  send(to, lines) {
    const file = join(this.folder, "out.eml");
    writeFileSync(file, lines.join("\r\n"));
    execFileSync("curl", ["-sf", "--mail-from", "rep@partner.test", "--mail-rcpt", to, "--upload-file", file,
      `smtp://127.0.0.1:${this.smtp}`], { stdio: "ignore" });
  }

  // The first mail of the partner's mailbox that fits; waits for it.
  async find(fits, seconds = 40) {
    const end = Date.now() + seconds * 1000;
    while (Date.now() < end) {
      for (let n = 1; n < 20; n++) {
        let mail;
        try {
          mail = read(execFileSync("curl", ["-sf", "-u", "rep:test",
            `imap://127.0.0.1:${this.imap}/INBOX;MAILINDEX=${n}`], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
        } catch {
          break;
        }
        if (fits(mail)) return mail;
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    throw new Error("the mail did not come");
  }

  // Stock gpg on the very bytes (RFC 3156).
  async verify(mail, base) {
    const key = await (await fetch(`${base}/openpgp-key.asc`)).text();
    const gpg = (args, input) => execFileSync("gpg", ["--homedir", this.home, "--batch", "-q", ...args],
      { input, encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] });
    gpg(["--import"], key);
    const boundary = mail.field["content-type"].match(/boundary="?([^";]+)/)[1];
    const parts = `\n${mail.body}`.split(`\n--${boundary}`);
    const signed = join(this.folder, "signed");
    const signature = join(this.folder, "signature.asc");
    writeFileSync(signed, parts[1].slice(1).replaceAll("\n", "\r\n"));
    writeFileSync(signature, parts[2].slice(1).split("\n\n").slice(1).join("\n\n"));
    const said = gpg(["--status-fd", "1", "--verify", signature, signed]);
    check(/^\[GNUPG:\] GOODSIG /m.test(said), `no good signature: ${said}`);
  }

  reply(mail, text) {
    const to = (mail.field["reply-to"] ?? mail.field.from).match(/[^<>\s]+@[^<>\s]+/)[0];
    this.send(to, ["From: Site Operator <rep@partner.test>", `To: ${to}`, `Subject: Re: ${mail.field.subject}`,
      `Date: ${new Date().toUTCString()}`, `Message-ID: <${Date.now()}.reply@partner.test>`,
      `In-Reply-To: ${mail.field["message-id"]}`, `References: ${mail.field["message-id"]}`,
      "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "", text, ""]);
  }
}
