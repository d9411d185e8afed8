# SPDX-License-Identifier: Apache-2.0
"""What both sides of the bench are measured with: processes, threads, pages."""
import glob
import http.client
import os
import re
import socket
import statistics
import threading
import time


def tree(pid):
    """The process and all below it."""
    todo, found = [pid], []
    while todo:
        pid = todo.pop()
        found.append(pid)
        for path in glob.glob("/proc/%d/task/*/children" % pid):
            try:
                todo += [int(p) for p in open(path).read().split()]
            except OSError:
                pass
    return found


def cpu(roots):
    """Seconds of processor time of these trees: what others do on the machine lengthens times, not this."""
    total = 0
    for pid in [p for root in roots for p in tree(root)]:
        for path in glob.glob("/proc/%d/task/*/schedstat" % pid):
            try:
                total += int(open(path).read().split()[0])
            except OSError:
                pass
    return total / 1e9


def pss(roots):
    """MB of memory, what is shared counted once. Needs root, or the same user."""
    total = 0
    for pid in [p for root in roots for p in tree(root)]:
        try:
            total += int(re.search(r"^Pss:\s+(\d+)", open("/proc/%d/smaps_rollup" % pid).read(), re.M)[1])
        except (OSError, TypeError):
            pass
    return total / 1024


class Peak:
    """The largest PSS while it is open."""

    def __init__(self, roots):
        self.roots, self.most, self.over = roots, 0.0, threading.Event()

    def __enter__(self):
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def watch(self):
        while not self.over.is_set():
            self.most = max(self.most, pss(self.roots))
            self.over.wait(0.2)

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def in_threads(n, jobs, run):
    """Seconds that N threads need for all jobs."""
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
        print("  %d of them failed: %s" % (len(wrong), wrong[0]), flush=True)
    return time.perf_counter() - began


class Client:
    """One connection a thread."""

    def __init__(self, address):
        self.address, self.local = address, threading.local()

    def request(self, method, path, body=None, headers=None):
        c = getattr(self.local, "c", None)
        if c is None:
            c = self.local.c = http.client.HTTPConnection(*self.address, timeout=120)
        try:
            c.request(method, path, body, headers or {})
            r = c.getresponse()
            return r.status, r.read(), r.headers
        except Exception:
            c.close()
            self.local.c = None
            raise

    def page(self, path, headers, n, roots=(), wrong=None):
        """Median milliseconds, bytes, and milliseconds of processor time of a page; ${wrong}: text that stands
        only on another one."""
        times, size, used = [], 0, 0
        for i in range(n + 1):
            if i == 1:
                used = cpu(roots)
            began = time.perf_counter()
            status, data, _ = self.request("GET", path, None, headers)
            if i > 0:  # the first one warms up
                times.append((time.perf_counter() - began) * 1000)
            size = len(data)
            if status != 200 or (wrong and wrong in data):
                raise SystemExit("%s: status %d" % (path, status))
        return statistics.median(times), size, (cpu(roots) - used) / n * 1000


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def folder_size(path):
    size = 0
    for d, _, files in os.walk(path):
        for f in files:
            try:
                size += os.stat(os.path.join(d, f)).st_blocks * 512
            except OSError:
                pass
    return size
