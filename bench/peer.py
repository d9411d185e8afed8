# SPDX-License-Identifier: Apache-2.0
"""Request Tracker 5 as Debian 12 has it, set up in a folder of its own and measured.

PostgreSQL and RT listen on loopback only; RT_SITE_CONFIG points RT to the
folder, so /etc stays as it is. The packages stay installed, nothing runs on.
Automatic answers are off on both sides.
Needs root: PostgreSQL and RT run as the users that their packages made.
"""
import http.client
import json
import os
import signal
import subprocess
import time
import urllib.parse

import mails
import measure
from postgresql import PostgreSQL, as_user

LIBEXEC = "/usr/share/request-tracker5/libexec/rt-server"
PASSWORD = "Bench-of-one-hour"

CONFIG = """
Set($rtname, 'bench.example');
Set($Organization, 'bench.example');
Set($CorrespondAddress, 'csirt@csirt.example');
Set($CommentAddress, 'comment@csirt.example');
Set($Timezone, 'Asia/Tokyo');
Set($WebDomain, '127.0.0.1');
Set($WebPort, %(port)d);
Set($WebBaseURL, 'http://127.0.0.1:%(port)d');
Set($WebPath, '');
Set($DatabaseType, 'Pg');
Set($DatabaseAdmin, 'postgres');
Set($DatabaseHost, '127.0.0.1');
Set($DatabasePort, '%(database)d');
Set($DatabaseName, 'peer');
Set($DatabaseUser, 'peer');
Set($DatabasePassword, 'peer');
Set(%%FullTextSearch, Enable => 1, Indexed => 1, Column => 'ContentIndex', Table => 'AttachmentsIndex');
Set($MailCommand, 'sendmailpipe');
Set($SendmailPath, '%(folder)s/discard');
Set($RestrictReferrer, 0);
Set($LogToSyslog, undef);
Set($LogToSTDERR, 'error');
$RT::VarPath = '%(folder)s/var';
$RT::MasonDataDir = '%(folder)s/var/mason';
$RT::MasonSessionDir = '%(folder)s/var/session';
1;
"""
RIGHTS = """
@ACL = map { { GroupDomain => 'SystemInternal', GroupType => 'Everyone', Queue => 'General', Right => $_ } }
    'CreateTicket', 'ReplyToTicket', 'CommentOnTicket';
1;
"""


def results(query):
    return "/Search/Results.html?Rows=50&Query=" + urllib.parse.quote(query)


class Peer:
    def __init__(self, folder):
        if os.geteuid() != 0:
            raise SystemExit("--peer needs root: PostgreSQL and Request Tracker run as the users of their packages")
        self.folder, self.process, self.database = folder, None, None
        os.mkdir(folder)
        os.chmod(folder, 0o755)

    def file(self, name, text, mode=0o644):
        path = os.path.join(self.folder, name)
        with open(path, "w") as f:
            f.write(text)
        os.chmod(path, mode)
        return path

    def tool(self, *args):
        done = subprocess.run(args, env=self.env, cwd=self.folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit("%s: %s" % (args[0], (done.stderr + done.stdout)[-2000:]))

    def start(self):
        self.database = PostgreSQL(os.path.join(self.folder, "pg"))
        self.port = measure.free_port()
        self.address = ("127.0.0.1", self.port)
        for name in ("var", "var/mason", "var/session", "none"):
            os.mkdir(os.path.join(self.folder, name))
        self.file("discard", "#!/bin/sh\nexec cat >/dev/null\n", 0o755)
        config = self.file("RT_SiteConfig.pm", CONFIG % {"port": self.port, "database": self.database.port,
                                                         "folder": self.folder})
        self.env = dict(os.environ, RT_SITE_CONFIG=config, RT_SITE_CONFIG_DIR=os.path.join(self.folder, "none"),
                        HOME=self.folder)
        dba = ("--dba", "postgres", "--dba-password", "none")
        self.tool("rt-setup-database-5", "--action", "init", *dba, "--root-password-file", self.file("password", PASSWORD))
        self.tool("rt-setup-database-5", "--action", "insert", "--skip-create", "--datafile",
                  self.file("rights", RIGHTS), "--dba", "peer", "--dba-password", "peer")
        self.tool("rt-setup-fulltext-index-5", "--noask", *dba)
        # No automatic answers, as on our side: both only take in.
        self.database.sql("peer", "UPDATE scrips SET disabled = 1 WHERE description LIKE 'On Create Autoreply%'")
        subprocess.run(["chown", "-R", "www-data:www-data", os.path.join(self.folder, "var")], check=True)
        self.log = open(os.path.join(self.folder, "log"), "w")
        self.process = subprocess.Popen(
            as_user("www-data") + [LIBEXEC, "--server", "Starlet", "--host", "127.0.0.1", "--port", str(self.port),
                                   "--max-workers", "4", "--max-reqs-per-child", "100000"],
            env=self.env, cwd=self.folder, stdout=self.log, stderr=self.log, start_new_session=True)
        for _ in range(120):
            try:
                self.client = measure.Client(self.address)
                self.client.request("GET", "/")
                break
            except (OSError, http.client.HTTPException):
                if self.process.poll() is not None:
                    raise SystemExit("Request Tracker did not start: " + open(self.log.name).read())
                time.sleep(0.5)
        _, _, head = self.client.request("POST", "/NoAuth/Login.html", urllib.parse.urlencode(
            {"user": "root", "pass": PASSWORD}), {"Content-Type": "application/x-www-form-urlencoded"})
        self.cookie = head["Set-Cookie"].split(";")[0]

    def stop(self):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(15)
        if self.database:
            self.database.stop()

    def roots(self):
        return [self.process.pid, self.database.process.pid]

    def post(self, n):
        body = urllib.parse.urlencode({"SessionType": "REST", "queue": "General", "action": "correspond",
                                       "message": mails.mail(n)})
        status, data, _ = self.client.request("POST", "/REST/1.0/NoAuth/mail-gateway", body,
                                              {"Content-Type": "application/x-www-form-urlencoded"})
        if status != 200 or not data.startswith(b"ok"):
            raise RuntimeError("mail gateway: %d %s" % (status, data[:80]))

    def pipe(self, n):
        subprocess.run(["rt-mailgate", "--queue", "General", "--action", "correspond", "--url",
                        "http://127.0.0.1:%d/" % self.port], input=mails.mail(n), check=True, capture_output=True)

    def page(self, path, n):
        return self.client.page(path, {"Cookie": self.cookie, "Accept-Language": "ja"}, n, self.roots(),
                                b'name="pass"')

    def found(self, word):
        """How many tickets the full text search finds."""
        head = {"Cookie": self.cookie}
        status, data, _ = self.client.request("GET", "/REST/2.0/tickets?per_page=1&query=" + urllib.parse.quote(
            "Content LIKE '%s'" % word), None, head)
        return json.loads(data).get("total") or 0

    def measure(self, count):
        """A figure a name; COUNT mails come in altogether."""
        f = {}
        self.post(0)  # loads what is loaded at the first
        before, sent = self.database.size("peer"), 1
        f["idle"] = measure.pss(self.roots())
        one, piped = max(10, count // 10), max(5, count // 20)
        many = count - one - piped
        cpu = measure.cpu(self.roots())
        with measure.Peak(self.roots()) as peak:
            f["intake"] = many / measure.in_threads(4, range(sent, sent + many), self.post)
        f["intake_cpu"] = (measure.cpu(self.roots()) - cpu) / many * 1000
        f["memory"] = peak.most
        sent += many
        f["intake_one"] = one / measure.in_threads(1, range(sent, sent + one), self.post)
        sent += one
        f["pipe"] = piped / measure.in_threads(1, range(sent, sent + piped), self.pipe)
        sent += piped
        self.tool("rt-fulltext-indexer-5", "--all")
        mail = sum(len(mails.mail(i)) for i in range(1, sent))
        f["disk"] = (self.database.size("peer") - before) / mail
        f["page"], _, f["page_cpu"] = self.page("/Ticket/Display.html?id=%d" % (sent // 2), 12)
        f["list"], size, f["list_cpu"] = self.page(results("Status = 'new'"), 8)
        f["list_size"] = size / 1000
        f["search"], _, f["search_cpu"] = self.page(results("Content LIKE '%s'" % mails.COMMON), 8)
        recall = mails.recall(sent, self.found)
        f["recall"] = None if recall is None else 100 * recall
        f["mails"] = sent
        return f
