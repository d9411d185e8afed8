#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""script/bench: what the program costs, beside Request Tracker 5 and the goals.

A data folder of its own, a server on a free loopback port, made-up mails and
reports; all of it is stopped and removed at the end. One line a figure, and
the same as JSON. With --peer Request Tracker is installed, set up and measured
first, with the same mails; else its recorded figures stand beside ours.
"""
import argparse
import glob
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

import board
import mails
import measure
from peer import Peer
from postgresql import PostgreSQL

# Request Tracker 5.0.3 of Debian 12 (PostgreSQL 15, Starlet with 4 workers), with mails of
# 2 to 4 kB and 10,000 tickets, once on a machine of two cores.
RECORDED = {"intake": 7.9, "intake_cpu": 172, "pipe": 3.4, "page": 150, "list": 428, "list_size": 404, "search": 485,
            "recall": 0, "memory": 420, "idle": 420, "disk": 4.7}

PASSWORD = "a long enough passphrase"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def say(text):
    print(text, flush=True)


class Table:
    """What was seen; a goal is a number of ours, or how many times the peer's figure."""

    def __init__(self, peer):
        self.peer, self.rows, self.backend = peer, [], ""

    def head(self, title):
        self.backend = title
        say("\n%-50s %14s %10s %-8s %9s %8s" % ("[%s]" % title, "goal", "seen", "", "peer", "ratio"))

    def line(self, what, seen, unit="", peer=None, more=False, times=None, least=None, most=None):
        """${more}: more is better. Goals: ${times} the peer's, at ${least}, at ${most}."""
        theirs = self.peer.get(peer) if peer else None
        ratio = None
        if theirs and seen:
            ratio = seen / theirs if more else theirs / seen
        good, goal = None, ""
        if times is not None:
            goal, good = ">= %gx" % times, None if ratio is None else ratio >= times
        if least is not None:
            goal, good = ">= %g" % least, good is not False and seen >= least
        if most is not None:
            goal, good = "<= %g" % most, good is not False and seen <= most
        self.rows.append({"backend": self.backend, "what": what.strip(), "goal": goal, "seen": seen, "unit": unit,
                          "peer": theirs, "ratio": ratio, "good": good})
        say("%-50s %14s %10s %-8s %9s %8s  %s" % (what, goal, "%.4g" % seen, unit, "" if theirs is None else "%.3g" % theirs,
                                                "" if ratio is None else "%.1fx" % ratio,
                                                "" if good is None else "ok" if good else "MISSED"))

    def missed(self):
        return ["%s (%s)" % (r["what"], r["backend"]) for r in self.rows if r["good"] is False]


class Server:
    def __init__(self, program, folder, database=None):
        """${database}: a PostgreSQL whose "tobiguchi" is empty, None for SQLite."""
        self.program, self.folder, self.data = program, folder, os.path.join(folder, "data")
        self.postgresql = database
        self.url = database.url("tobiguchi") if database else "sqlite:" + os.path.join(self.data, "tobiguchi.db")
        self.env = dict(os.environ, TOBIGUCHI_DATA=self.data, TOBIGUCHI_DB=self.url)
        self.wrap, self.process = [], None
        with open(os.path.join(folder, "password"), "w") as f:
            f.write(PASSWORD)
        self.command("init", "--name", "Bench", "--admin-email", "admin@example.jp", "--admin-password-file", f.name)
        self.token = self.command("token", "create", "--user", "admin@example.jp", "--scope", "all", "--name",
                                  "bench").split()[-1]
        # As root the program changes to its own user; without one nobody does.
        if os.geteuid() == 0 and subprocess.run(["getent", "passwd", "tobiguchi"], capture_output=True).returncode != 0:
            subprocess.run(["chown", "-R", "65534:65534", folder], check=True)
            self.wrap = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]

    def command(self, *args):
        return subprocess.run(self.wrap + [self.program, *args], env=self.env, check=True, capture_output=True,
                              text=True).stdout

    def start(self):
        with open(os.path.join(self.folder, "log"), "a") as log:
            self.process = subprocess.Popen(self.wrap + [self.program, "serve", "--listen", "127.0.0.1:0", "--log-level",
                                                         "warn"], env=self.env, stdout=subprocess.PIPE, text=True, stderr=log)
        for text in self.process.stdout:
            found = re.search(r"http://([0-9.]+):(\d+)", text)
            if found:
                break
        else:
            sys.exit("the server did not start: " + open(os.path.join(self.folder, "log")).read())
        self.address = (found[1], int(found[2]))
        self.client = measure.Client(self.address)
        _, _, head = self.client.request("POST", "/sign-in", urllib.parse.urlencode(
            {"email": "admin@example.jp", "password": PASSWORD}), FORM)
        self.cookie = head["Set-Cookie"].split(";")[0]
        self.html = {"Cookie": self.cookie, "Accept": "text/html", "Accept-Encoding": "identity"}

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)

    def api(self, method, path, body=None):
        status, data, _ = self.client.request(method, path, None if body is None else json.dumps(body), {
            "Authorization": "Bearer " + self.token, "Accept": "application/json", "Content-Type": "application/json"})
        if status >= 400:
            sys.exit("%s %s: %d %s" % (method, path, status, data.decode(errors="replace")))
        return json.loads(data)["data"]

    def roots(self):
        return [self.process.pid] + ([self.postgresql.process.pid] if self.postgresql else [])

    def on_disk(self):
        """At rest: some seconds after the last change the log of the database is folded in."""
        time.sleep(9)
        return measure.folder_size(self.data) + (self.postgresql.size("tobiguchi") if self.postgresql else 0)

    def drained(self):
        """Seconds until no mail waits to be read."""
        began = time.perf_counter()
        while time.perf_counter() - began < 1800:
            if not any(j["kind"] == "mail.read" for state in ("waiting", "running")
                       for j in self.api("GET", "/admin/jobs?state=" + state)["items"]):
                break
            time.sleep(0.2)
        return time.perf_counter() - began

    def post(self, n):
        status, _, _ = self.client.request("POST", "/intake/mail", mails.mail(n), {
            "Authorization": "Bearer " + self.token, "Content-Type": "message/rfc822"})
        if status != 202:
            raise RuntimeError("status %d" % status)

    def pipe(self, n):
        subprocess.run(self.wrap + [self.program, "mail", "receive"], input=mails.mail(n), env=self.env, check=True)


def size_of(sent):
    return sum(len(mails.mail(i)) for i in sent)


def intake(s, t, n):
    s.api("POST", "/admin/settings", {"mail.acknowledge": "0", "team.email": "csirt@csirt.example"})
    m = max(20, n // 10)
    size = size_of(range(n + 3 * m))  # makes them all, too
    before = s.on_disk()
    t.line("memory idle (sum of PSS)", measure.pss(s.roots()), "MB", "idle", most=None if s.postgresql else 64)
    cpu = measure.cpu(s.roots())
    with measure.Peak(s.roots()) as peak:
        took = measure.in_threads(4, range(n), s.post)
        rest = s.drained()
    cpu = (measure.cpu(s.roots()) - cpu) / n * 1000
    t.line("durable intake over HTTP, 4 clients", n / took, "mails/s", "intake", more=True, times=25)
    t.line("  until each is read and a report, all told", n / (took + rest), "mails/s", "intake", more=True)
    t.line("  processor time a mail, all roles", cpu, "ms", "intake_cpu")
    t.line("memory under that load", peak.most, "MB", "memory", most=None if s.postgresql else 128)
    rate = m / measure.in_threads(1, range(n, n + m), s.post)
    t.line("durable intake over HTTP, one after another", rate, "mails/s", "intake_one", more=True)
    rate = m / measure.in_threads(1, range(n + m, n + 2 * m), s.pipe)
    t.line("by pipe, mail receive, one after another", rate, "mails/s", "pipe", more=True, times=25)
    rate = m / measure.in_threads(4, range(n + 2 * m, n + 3 * m), s.pipe)
    t.line("by pipe, mail receive, 4 at once", rate, "mails/s", "pipe", more=True)
    s.drained()
    t.line("disk a byte of mail", (s.on_disk() - before) / size, "bytes", "disk", most=2)
    recall = mails.recall(n + 3 * m, lambda word: s.api("GET", "/search?q=" + urllib.parse.quote(word))["total"])
    if recall is not None:
        t.line("recall of Japanese words", 100 * recall, "%", "recall", more=True, least=100)


def bring_in(s, t, folder):
    """The lists that JPCERT/CC publishes of phishing sites."""
    files = sorted(glob.glob(os.path.join(folder, "**", "*.csv"), recursive=True))
    if not files:
        sys.exit("no .csv files in " + folder)

    def total():
        return s.api("GET", "/inbox?state=all")["total"]
    before, began = total(), time.perf_counter()
    s.command("report", "import", "--format", "jpcert-phishurl", *files)
    took = time.perf_counter() - began
    t.line("import of jpcert-phishurl, %d reports" % (total() - before), took, "s", most=60)
    before = total()
    s.command("report", "import", "--format", "jpcert-phishurl", *files)
    t.line("  once more: reports it adds", total() - before, "", most=0)


def make(s, n):
    began = time.perf_counter()
    s.stop()
    say("  making %d reports; %s" % (n, "a cup of tea" if n > 200000 else "a moment"))
    subprocess.run(s.wrap + [os.path.join(os.path.dirname(s.program), "bench", "bench_inbox"), s.url, str(n), s.data], check=True,
                   stdout=subprocess.DEVNULL, env=s.env)
    say("  made in %.0f s" % (time.perf_counter() - began))
    s.start()


def page(s, path, n=40):
    ms, size, cpu = s.client.page(path, s.html, n, s.roots())
    return ms, size / 1000, cpu


FILTERS = ["", "state=all", "state=all&sort=oldest", "sort=due", "due=late", "channel=mail", "channel=phone",
           "state=all&channel=import", "state=all&due=late&channel=phone", "door=ics", "door=phishing&channel=mail&origin=overseas",
           "anonymous=1", "urgent=1", "urgent=1&anonymous=1", "similar=1", "files=1", "owner=me", "priority=none",
           "state=declined", "purpose=question&origin=overseas", "from=2026-01-01&to=2026-01-31&door=ics", "page=100",
           "q=感染", "q=感染&state=all&channel=phone", "q=ransomware+bank", "q=203.0.113.7&door=scan", "q=RPT-2026-42"]
WORDS = ["フィッシング", "感染", "楽天", "ransomware", "電子証明書", "203.0.113.7", "hxxps://login-77[.]example", mails.RARE]


def slowest(s, t, what, paths):
    seen = sorted((page(s, p, 7)[0], urllib.parse.unquote(p)) for p in paths)
    t.line("%s, slowest of %d: %s" % (what, len(seen), seen[-1][1][:24]), seen[-1][0], "ms", most=50)
    t.line("  the middle one", seen[len(seen) // 2][0], "ms")


def pages(s, t):
    report = s.api("GET", "/inbox?state=all&channel=mail")["items"][0]["ref"]
    incident = s.api("POST", "/inbox/%s/triage" % report, {
        "verdict": "new", "priority": "high", "owner": "me", "known": "unknown", "rsit": "fraud/phishing",
        "title": "Bench"})["incident"]
    for what, path, peer, times in [
            ("incident page", "/incidents/" + incident, "page", 30), ("list of 50 reports", "/inbox?state=all", "list", 30),
            ("search, a common word", "/search?q=" + mails.COMMON, "search", 50),
            ("search, a common Japanese word", "/search?q=" + urllib.parse.quote("フィッシング"), "search", 50)]:
        ms, size, cpu = page(s, path)
        t.line(what, ms, "ms", peer, times=times)
        t.line("  processor time", cpu, "ms", peer + "_cpu")
        if peer == "list":
            t.line("  its size, not compressed", size, "kB", "list_size", most=60)
    slowest(s, t, "lists and filters", ["/inbox?" + urllib.parse.quote(f, "=&+") for f in FILTERS])
    slowest(s, t, "searches", ["/search?q=" + urllib.parse.quote(w) for w in WORDS])
    return incident


def sites(s, t, n):
    board.fill(s, n, int(time.time() * 1000))
    page(s, "/takedowns", 1)  # the board is read once
    t.line("board: sites on it", s.api("GET", "/takedowns?state=all&limit=1")["total"], "")
    for what, wanted in [("board: sorted", "sort="), ("board: grouped", "group="), ("board: filtered", "")]:
        cpu = []
        seen = []
        for p in board.paths():
            kind = "sort=" if "sort=" in p else "group=" if "group=" in p else ""
            if kind == wanted:
                ms, _, used = page(s, p, 7)
                seen.append((ms, p))
                cpu.append((used, p))
        t.line("%s, slowest of %d: %s" % (what, len(seen), max(seen)[1].split("?")[1][-20:]), max(seen)[0], "ms", most=50)
        t.line("  processor time: %s" % max(cpu)[1].split("?")[1][-24:], max(cpu)[0], "ms")
    slowest(s, t, "statistics with these sites", ["/statistics/" + p + u for p in ("phishing", "coordination")
                                                  for u in ("", "?unit=month", "?unit=week", "?unit=quarter")])


def bulk(s, t):
    for query in ["channel=mail", "channel=phone", "door=ics", "urgent=1&anonymous=1"]:
        if 0 < s.api("GET", "/inbox?" + query)["total"] <= 20000:  # its limit
            break
    began = time.perf_counter()
    made = s.api("POST", "/inbox/bulk", {"act": "priority", "priority": "normal", "all": 1, "query": query})
    t.line("bulk act on all of a list: its answer", (time.perf_counter() - began) * 1000, "ms", most=50)
    while made["state"] == "running":
        time.sleep(0.2)
        made = s.api("GET", "/inbox/bulk/%s" % made["id"])
    took = time.perf_counter() - began
    t.line("  done with %d reports" % made["total"], made["total"] / took, "a second")


def wrk(s, path, connections, seconds):
    done = subprocess.run(["wrk", "--latency", "-t2", "-c%d" % connections, "-d%ds" % seconds, "-H", "Cookie: " + s.cookie,
                           "http://%s:%d%s" % (*s.address, path)], capture_output=True, text=True, check=True).stdout
    unit = {"us": 0.001, "ms": 1, "s": 1000, "m": 60000}
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s|m)", done)
    if "Non-2xx" in done:
        say("  " + re.search(r"Non-2xx.*", done)[0])
    return float(re.search(r"Requests/sec:\s+([\d.]+)", done)[1]), float(p99[1]) * unit[p99[2]]


def load(s, t, incident, seconds):
    if not shutil.which("wrk"):
        say("wrk is missing: list pages a second are not measured (apt-get install wrk)")
        return
    cpu = measure.cpu(s.roots())
    rate, p99 = wrk(s, "/inbox?state=all", 64, seconds)
    cpu = (measure.cpu(s.roots()) - cpu) / (rate * seconds) * 1e6
    goal = {} if s.postgresql else {"least": 3000}
    t.line("list pages, 64 connections", rate, "pages/s", **goal)
    t.line("  processor time a page", cpu, "us", most=None if s.postgresql else 250)
    t.line("  99 of 100 within", p99, "ms", most=60)
    over = threading.Event()

    def slow():
        client = measure.Client(s.address)
        while not over.is_set():
            client.request("GET", "/search?q=" + urllib.parse.quote("サイト"), None, s.html)
    threads = [threading.Thread(target=slow) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        _, p99 = wrk(s, "/incidents/" + incident, 2, seconds)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    t.line("incident page beside 4 searches, 99 of 100 within", p99, "ms", most=10)


def upload(s, t, incident):
    own = [s.process.pid]  # PostgreSQL fills its buffers
    idle, mark = measure.pss(own), "bench-of-one-file"
    head = ("--%s\r\nContent-Disposition: form-data; name=\"files\"; filename=\"large.bin\"\r\n"
            "Content-Type: application/octet-stream\r\n\r\n" % mark).encode()
    tail = ("\r\n--%s--\r\n" % mark).encode()
    block, blocks = os.urandom(1024 * 1024), 199
    size = len(head) + blocks * len(block) + len(tail)
    with measure.Peak(own) as peak, socket.create_connection(s.address) as c:
        c.settimeout(300)
        began = time.perf_counter()
        c.sendall(("POST /incidents/%s/files HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %s\r\nAccept: application/json\r\n"
                   "Content-Type: multipart/form-data; boundary=%s\r\nContent-Length: %d\r\n\r\n"
                   % (incident, s.token, mark, size)).encode() + head)
        for i in range(blocks):
            c.sendall(i.to_bytes(8, "big") + block[8:])
        c.sendall(tail)
        answer = c.recv(4096)
        took = time.perf_counter() - began
    if not re.match(rb"HTTP/1.1 [23]", answer):
        say("  the upload was answered with %s" % answer[:60])
    t.line("upload of 199 MB: memory it adds", peak.most - idle, "MB", most=16)
    t.line("  its speed", blocks / took, "MB/s")


def connections(s, t):
    idle, held = measure.pss(s.roots()), []
    for _ in range(1000):
        held.append(socket.create_connection(s.address))
    for c in held:  # a request each, then it idles as keep-alive
        c.sendall(b"GET /healthz HTTP/1.1\r\nHost: bench\r\n\r\n")
    for c in held:
        c.recv(4096)
    more = measure.pss(s.roots()) - idle
    for c in held:
        c.close()
    t.line("1,000 idle connections: memory they add", more, "MB", most=30)


def ours(a, t, folder, postgresql):
    database = s = None
    os.mkdir(folder)
    os.chmod(folder, 0o755)
    try:
        if postgresql:
            database = PostgreSQL(os.path.join(folder, "pg"))
            database.sql("postgres", "CREATE DATABASE tobiguchi")
        s = Server(os.path.abspath(a.program), folder, database)
        s.start()
        intake(s, t, a.mails)
        if a.import_folder:
            bring_in(s, t, a.import_folder)
        if a.reports > 0:
            make(s, a.reports)
        incident = pages(s, t)
        load(s, t, incident, a.seconds)
        bulk(s, t)
        if a.sites > 0:
            sites(s, t, a.sites)
        upload(s, t, incident)
        connections(s, t)
    finally:
        if s:
            s.stop()
        if database:
            database.stop()


def theirs(a, folder):
    say("peer: Request Tracker 5 (request-tracker5 of Debian) on PostgreSQL, set up and measured now")
    peer = Peer(folder)
    try:
        peer.start()
        return peer.measure(a.peer_mails)
    finally:
        peer.stop()


def options():
    p = argparse.ArgumentParser(prog="script/bench", description=__doc__.split("\n", 1)[1],
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--peer", action="store_true", help="install Debian's request-tracker5 and measure it, too (root)")
    p.add_argument("--peer-mails", type=int, default=200, help="mails that the peer gets (200)")
    p.add_argument("--mails", type=int, default=1000, help="mails taken in (1000)")
    p.add_argument("--mail-folder", help="take the .eml files of this folder instead of made-up mails")
    p.add_argument("--import", dest="import_folder", help="folder of jpcert-phishurl CSV files to import")
    p.add_argument("--reports", type=int, default=20000, help="made-up reports before the lists are measured (20000)")
    p.add_argument("--sites", type=int, default=250000, help="made-up sites on the takedown board, 0 for none (250000)")
    p.add_argument("--big", action="store_true", help="1,000,000 of them: about ten minutes of one core")
    p.add_argument("--postgresql", action="store_true", help="all of it a second time, on a PostgreSQL of its own")
    p.add_argument("--seconds", type=int, default=5, help="of each load by wrk (5)")
    p.add_argument("--program", default="build/tobiguchi")
    p.add_argument("--json", default="build/bench.json", help="where the figures go (build/bench.json)")
    p.add_argument("--keep", action="store_true", help="keep the folder, say where it is")
    a = p.parse_args()
    if a.big:
        a.reports = 1000000
    if a.mail_folder:
        mails.use_folder(a.mail_folder)
    return a


def main():
    a = options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = tempfile.mkdtemp(prefix="tobiguchi-bench-")
    os.chmod(folder, 0o755)
    began, busy = time.time(), os.getloadavg()[0]
    say("machine: %d cores, load %.1f before; %s" % (os.cpu_count(), busy, time.strftime("%Y-%m-%d")))
    try:
        if a.peer:
            figures = theirs(a, os.path.join(folder, "peer"))
            say("  its figures took %.0f s, %d mails" % (time.time() - began, figures["mails"]))
        else:
            say("peer: figures recorded once on another machine of 2 cores, not measured now (--peer measures them)")
            figures = RECORDED
        t = Table(figures)
        for postgresql in [False, True] if a.postgresql else [False]:
            t.head("PostgreSQL" if postgresql else "SQLite")
            ours(a, t, os.path.join(folder, "postgresql" if postgresql else "sqlite"), postgresql)
    finally:
        if a.keep:
            say("kept: " + folder)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    with open(a.json, "w") as f:
        json.dump({"date": time.strftime("%Y-%m-%d"), "cores": os.cpu_count(), "load_before": busy,
                   "load_after": os.getloadavg()[0], "reports": a.reports, "peer_measured": a.peer, "rows": t.rows},
                  f, ensure_ascii=False, indent=1)
    say("\nload %.1f after; figures in %s" % (os.getloadavg()[0], a.json))
    say("missed: " + (", ".join(t.missed()) or "nothing"))
    return 1 if t.missed() else 0


if __name__ == "__main__":
    sys.exit(main())
