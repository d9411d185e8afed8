#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""script/bench: what the program costs, beside Request Tracker and the goals.

A data folder of its own, a server on a free loopback port, made-up reports;
everything is removed at the end. One line a figure: ours, the peer's, the
ratio, the goal. As root it reads the memory of all roles (PSS).
"""
import argparse
import glob
import http.client
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

import mails

# Request Tracker 5.0.3 of Debian 12 (PostgreSQL 15, Starlet with 4 workers),
# measured with the same kind of mail on a machine of two cores.
PEER = "Request Tracker 5.0.3 on Debian 12, recorded on a 2-core machine; not measured now"
PEER_INTAKE = 7.9       # mails/s, mail gateway, 4 clients
PEER_INTAKE_CPU = 172   # ms a mail
PEER_PIPE = 3.4         # mails/s, rt-mailgate (2.7 to 3.4)
PEER_PAGE = 150         # ms, ticket page
PEER_LIST = 428         # ms, list of 50
PEER_LIST_SIZE = 404    # kB
PEER_SEARCH = 485       # ms
PEER_MEMORY = 420       # MB, the least of five processes (300) and PostgreSQL (120)
PEER_DISK = 4.7         # bytes on disk a byte of mail

PASSWORD = "a long enough passphrase"
missed = []


def say(text):
    print(text, flush=True)


def line(what, ours, unit, peer=None, higher=False, goal=None, good=None):
    ratio = ""
    if peer and ours:
        ratio = "%7.1fx" % ((ours / peer) if higher else (peer / ours))
    mark = "" if good is None else "ok" if good else "MISSED"
    if good is False:
        missed.append(what)
    say("%-52s %10s %-8s %9s %8s  %-22s %s" % (what, "%.4g" % ours, unit, "" if peer is None else "%g" % peer,
                                               ratio, goal or "", mark))


class Server:
    def __init__(self, program, folder, db):
        self.program, self.folder, self.data = program, folder, os.path.join(folder, "data")
        self.env = dict(os.environ, TOBIGUCHI_DATA=self.data)
        if db:
            self.env["TOBIGUCHI_DB"] = db
        with open(os.path.join(folder, "password"), "w") as f:
            f.write(PASSWORD)
        self.command("init", "--name", "Bench", "--admin-email", "admin@example.jp", "--admin-password-file", f.name)
        self.token = self.command("token", "create", "--user", "admin@example.jp", "--scope", "all", "--name",
                                  "bench").split()[-1]
        self.url = db or "sqlite:" + os.path.join(self.data, "tobiguchi.db")

    def command(self, *args):
        return subprocess.run([self.program, *args], env=self.env, check=True, capture_output=True, text=True).stdout

    def start(self):
        wrap = []
        # As root the program changes to its own user; without one nobody does.
        if os.geteuid() == 0 and subprocess.run(["getent", "passwd", "tobiguchi"], capture_output=True).returncode != 0:
            subprocess.run(["chown", "-R", "65534:65534", self.folder], check=True)
            wrap = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        self.wrap = wrap
        self.process = subprocess.Popen(wrap + [self.program, "serve", "--listen", "127.0.0.1:0", "--log-level", "warn"],
                                        env=self.env, stdout=subprocess.PIPE, text=True,
                                        stderr=open(os.path.join(self.folder, "log"), "w"))
        for text in self.process.stdout:
            found = re.search(r"http://([0-9.]+):(\d+)", text)
            if found:
                self.address = (found[1], int(found[2]))
                break
        else:
            sys.exit("the server did not start: " + open(os.path.join(self.folder, "log")).read())
        self.base = "http://%s:%d" % self.address
        answer = self.request("POST", "/sign-in", urllib.parse.urlencode(
            {"email": "admin@example.jp", "password": PASSWORD}), {"Content-Type": "application/x-www-form-urlencoded"})
        self.cookie = answer[2]["Set-Cookie"].split(";")[0]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def request(self, method, path, body=None, headers=None):
        c = http.client.HTTPConnection(*self.address, timeout=120)
        c.request(method, path, body, headers or {})
        r = c.getresponse()
        data = r.read()
        c.close()
        return r.status, data, r.headers

    def api(self, method, path, body=None):
        status, data, _ = self.request(method, path, None if body is None else json.dumps(body), {
            "Authorization": "Bearer " + self.token, "Accept": "application/json", "Content-Type": "application/json"})
        if status >= 400:
            sys.exit("%s %s: %d %s" % (method, path, status, data.decode(errors="replace")))
        return json.loads(data)["data"]

    def pids(self):
        todo, found = [self.process.pid], []
        while todo:
            pid = todo.pop()
            found.append(pid)
            for task in glob.glob("/proc/%d/task/*/children" % pid):
                try:
                    todo += [int(p) for p in open(task).read().split()]
                except OSError:
                    pass
        return found

    def cpu(self):
        ticks = 0
        for pid in self.pids():
            try:
                stat = open("/proc/%d/stat" % pid).read().rsplit(")", 1)[1].split()
                ticks += int(stat[11]) + int(stat[12])
            except OSError:
                pass
        return ticks / os.sysconf("SC_CLK_TCK")

    def pss(self):
        total = 0
        for pid in self.pids():
            try:
                total += int(re.search(r"^Pss:\s+(\d+)", open("/proc/%d/smaps_rollup" % pid).read(), re.M)[1])
            except (OSError, TypeError):
                pass
        return total / 1024


class Peak:
    """The largest PSS while it is open."""

    def __init__(self, server):
        self.server, self.most, self.over = server, 0.0, threading.Event()

    def __enter__(self):
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def watch(self):
        while not self.over.is_set():
            self.most = max(self.most, self.server.pss())
            self.over.wait(0.2)

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def in_threads(n, jobs, run):
    jobs, lock, wrong = iter(jobs), threading.Lock(), []

    def work():
        while True:
            with lock:
                job = next(jobs, None)
            if job is None:
                return
            try:
                run(job)
            except Exception as e:  # counted, the bench goes on
                wrong.append(e)
    began = time.perf_counter()
    threads = [threading.Thread(target=work) for _ in range(n)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if wrong:
        say("  %d of them failed: %s" % (len(wrong), wrong[0]))
    return time.perf_counter() - began


def drained(s):
    """Seconds until no mail waits to be read."""
    began = time.perf_counter()
    while time.perf_counter() - began < 1800:
        left = [j for j in s.api("GET", "/admin/jobs?state=waiting")["items"] if j["kind"] == "mail.read"]
        left += [j for j in s.api("GET", "/admin/jobs?state=running")["items"] if j["kind"] == "mail.read"]
        if not left:
            break
        time.sleep(0.3)
    return time.perf_counter() - began


def on_disk(s):
    """At rest: the server is stopped, the log of the database folded in."""
    s.stop()
    size = sum(os.stat(os.path.join(d, f)).st_blocks * 512 for d, _, files in os.walk(s.data) for f in files)
    s.start()
    return size


def intake(s, n):
    s.api("POST", "/admin/settings", {"mail.acknowledge": "0", "team.email": "csirt@csirt.example"})
    before, local = on_disk(s), threading.local()
    time.sleep(2)
    size = sum(len(mails.mail(i)) for i in range(n))

    def post(i):
        if not hasattr(local, "c"):
            local.c = http.client.HTTPConnection(*s.address, timeout=120)
        local.c.request("POST", "/intake/mail", mails.mail(i), {"Authorization": "Bearer " + s.token,
                                                                "Content-Type": "message/rfc822"})
        r = local.c.getresponse()
        r.read()
        if r.status != 202:
            raise RuntimeError("status %d" % r.status)
    cpu = s.cpu()
    with Peak(s) as peak:
        took = in_threads(4, range(n), post)
        rest = drained(s)
    cpu = (s.cpu() - cpu) / n * 1000
    rate = n / took
    line("durable intake, POST /intake/mail, 4 clients", rate, "mails/s", PEER_INTAKE, True, ">= 25x", rate >= 25 * PEER_INTAKE)
    line("  until each is read and a report, all told", n / (took + rest), "mails/s", PEER_INTAKE, True)
    line("  processor time a mail, all roles", cpu, "ms", PEER_INTAKE_CPU)
    line("memory under that load (sum of PSS)", peak.most, "MB", PEER_MEMORY, False, "<= 128 MB", peak.most <= 128)

    def pipe(i):
        subprocess.run(s.wrap + [s.program, "mail", "receive"], input=mails.mail(i), env=s.env, check=True)
    m = max(20, n // 10)
    rate = m / in_threads(1, range(n, n + m), pipe)
    line("by pipe, mail receive, one after the other", rate, "mails/s", PEER_PIPE, True, ">= 25x", rate >= 25 * PEER_PIPE)
    rate = m / in_threads(4, range(n + m, n + 2 * m), pipe)
    line("by pipe, mail receive, 4 at once", rate, "mails/s", PEER_PIPE, True)
    drained(s)
    size += sum(len(mails.mail(i)) for i in range(n, n + 2 * m))
    disk = (on_disk(s) - before) / size
    line("disk a byte of mail", disk, "bytes", PEER_DISK, False, "<= 2", disk <= 2)
    return n + 2 * m


def page(s, what, path, peer, goal, least, n=40):
    headers = {"Cookie": s.cookie, "Accept": "text/html", "Accept-Encoding": "identity"}
    c = http.client.HTTPConnection(*s.address, timeout=120)
    times, size = [], 0
    for _ in range(n):
        began = time.perf_counter()
        c.request("GET", path, headers=headers)
        r = c.getresponse()
        size = len(r.read())
        times.append((time.perf_counter() - began) * 1000)
        if r.status != 200:
            sys.exit("%s: %d" % (path, r.status))
    p50 = statistics.median(times)
    line(what, p50, "ms", peer, False, goal, None if least is None else peer / p50 >= least)
    return size / 1000


def pages(s):
    report = s.api("GET", "/inbox?state=all&channel=mail")["items"][0]["ref"]
    made = s.api("POST", "/inbox/%s/triage" % report, {"verdict": "new", "priority": "high", "owner": "me", "known": "unknown",
                                                      "rsit": "fraud/phishing", "title": "Bench"})
    incident = made["incident"]
    page(s, "incident page", "/incidents/" + incident, PEER_PAGE, ">= 30x", 30)
    size = page(s, "list of 50 reports", "/inbox?state=all", PEER_LIST, ">= 30x", 30)
    line("  its size, not compressed", size, "kB", PEER_LIST_SIZE, False, "<= 60 kB", size <= 60)
    return incident


def search(s, sent):
    def path(word):
        return "/search?q=" + urllib.parse.quote(word)
    page(s, "search, a common word", path("フィッシング"), PEER_SEARCH, ">= 50x", 50)
    page(s, "search, a rare word", path(mails.RARE), PEER_SEARCH, ">= 50x", 50)
    page(s, "search, two characters of Japanese", path("楽天"), PEER_SEARCH, ">= 50x", 50)
    want = found = 0
    for word, fits in [(mails.RARE, mails.rare)] + [(b, lambda i, b=b: mails.brand(i) == b)
                                                    for b in ("国税庁", "メルカリ", "楽天")]:
        want += sum(1 for i in range(sent) if fits(i))
        found += s.api("GET", path(word))["total"]
    line("recall of Japanese words", 100 * found / want, "%", None, True, "100 % (peer: 0 %)", found == want)


def wrk(s, path, connections, seconds):
    done = subprocess.run(["wrk", "--latency", "-t2", "-c%d" % connections, "-d%ds" % seconds, "-H", "Cookie: " + s.cookie,
                           s.base + path], capture_output=True, text=True, check=True).stdout
    unit = {"us": 0.001, "ms": 1, "s": 1000, "m": 60000}
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s|m)", done)
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", done)[1])
    if "Non-2xx" in done:
        say("  " + re.search(r"Non-2xx.*", done)[0])
    return rate, float(p99[1]) * unit[p99[2]]


def load(s, incident, seconds):
    if not shutil.which("wrk"):
        say("wrk is missing: list pages a second are not measured (apt-get install wrk)")
        return
    cpu = s.cpu()
    rate, _ = wrk(s, "/inbox?state=all", 64, seconds)
    cpu = (s.cpu() - cpu) / (rate * seconds) * 1e6
    line("list pages, 64 connections", rate, "pages/s", 1000 / PEER_LIST * 4, True, ">= 3000/s", rate >= 3000)
    line("  processor time a page", cpu, "us", None, False, "<= 250 us", cpu <= 250)
    over = threading.Event()

    def slow():
        while not over.is_set():
            s.request("GET", "/search?q=" + urllib.parse.quote("サイト"), None, {"Cookie": s.cookie})
    thread = [threading.Thread(target=slow) for _ in range(4)]
    for t in thread:
        t.start()
    _, p99 = wrk(s, "/incidents/" + incident, 2, seconds)
    over.set()
    for t in thread:
        t.join()
    line("incident page beside 4 slow searches, p99", p99, "ms", None, False, "<= 10 ms", p99 <= 10)


def upload(s, incident):
    idle = s.pss()
    mark = "bench-of-one-file"
    head = ("--%s\r\nContent-Disposition: form-data; name=\"files\"; filename=\"large.bin\"\r\n"
            "Content-Type: application/octet-stream\r\n\r\n" % mark).encode()
    tail = ("\r\n--%s--\r\n" % mark).encode()
    block, blocks = os.urandom(1024 * 1024), 199
    with Peak(s) as peak:
        c = http.client.HTTPConnection(*s.address, timeout=300)
        c.putrequest("POST", "/incidents/%s/files" % incident)
        c.putheader("Authorization", "Bearer " + s.token)
        c.putheader("Accept", "application/json")
        c.putheader("Content-Type", "multipart/form-data; boundary=" + mark)
        c.putheader("Content-Length", str(len(head) + blocks * len(block) + len(tail)))
        c.endheaders()
        c.send(head)
        began = time.perf_counter()
        for i in range(blocks):
            c.send(i.to_bytes(8, "big") + block[8:])
        c.send(tail)
        r = c.getresponse()
        r.read()
        took = time.perf_counter() - began
    if r.status >= 400:
        say("  the upload was answered with %d" % r.status)
    line("upload of 199 MB: memory it adds", peak.most - idle, "MB", None, False, "<= 16 MB", peak.most - idle <= 16)
    line("  its speed", blocks / took, "MB/s")


def connections(s):
    idle, held = s.pss(), []
    for _ in range(1000):
        held.append(socket.create_connection(s.address))
    for c in held:  # a request each, then it idles as keep-alive
        c.sendall(b"GET /healthz HTTP/1.1\r\nHost: bench\r\n\r\n")
    for c in held:
        c.recv(4096)
    more = s.pss() - idle
    for c in held:
        c.close()
    line("1,000 idle connections: memory they add", more, "MB", None, False, "<= 30 MB", more <= 30)


def main():
    p = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    p.add_argument("--reports", type=int, default=1000000, help="made-up reports before; 1,000,000 takes about 10 minutes")
    p.add_argument("--mails", type=int, default=1000, help="mails taken in over HTTP")
    p.add_argument("--seconds", type=int, default=10, help="of each load by wrk")
    p.add_argument("--db", help="postgresql:// of an empty database instead of SQLite")
    p.add_argument("--program", default="build/tobiguchi")
    p.add_argument("--keep", action="store_true", help="keep the data folder, say where it is")
    a = p.parse_args()
    folder = tempfile.mkdtemp(prefix="tobiguchi-bench-")
    os.chmod(folder, 0o755)
    s = Server(os.path.abspath(a.program), folder, a.db)
    began = time.perf_counter()
    if a.reports > 0:
        say("Making %d reports; %s" % (a.reports, "a cup of tea" if a.reports > 200000 else "a moment"))
        subprocess.run([os.path.join(os.path.dirname(a.program), "bench", "bench_inbox"), s.url, str(a.reports)], check=True,
                       stdout=open(os.path.join(folder, "lists"), "w"))
        say("made in %.0f s" % (time.perf_counter() - began))
    say("machine: %d cores, load %.1f before; %s" % (os.cpu_count(), os.getloadavg()[0], time.strftime("%Y-%m-%d")))
    say("peer: " + PEER)
    say("%-52s %10s %-8s %9s %8s  %s" % ("", "ours", "", "peer", "ratio", "goal"))
    s.start()
    try:
        time.sleep(3)
        idle = s.pss()
        line("memory idle (sum of PSS)", idle, "MB", PEER_MEMORY, False, "<= 64 MB", idle <= 64)
        sent = intake(s, a.mails)
        incident = pages(s)
        search(s, sent)
        load(s, incident, a.seconds)
        upload(s, incident)
        connections(s)
    finally:
        s.stop()
        if a.keep:
            say("kept: " + folder)
        else:
            shutil.rmtree(folder)
    say("load %.1f after%s" % (os.getloadavg()[0], "; what others do on this machine slows all of this"
                              if os.getloadavg()[0] > os.cpu_count() + 6 else ""))
    say("missed: " + (", ".join(missed) or "nothing"))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
