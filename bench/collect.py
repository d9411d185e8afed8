#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""collect.py - how much a centre takes from sensors over TLS (bench/README.md).

Records a second and core: what was taken by the processor time of the process that
took it. TOBIGUCHI names the program.
"""
import json, os, re, shutil, socket, ssl, subprocess, sys, tempfile, time, urllib.request

here = os.path.dirname(os.path.abspath(__file__))
program = os.environ.get("TOBIGUCHI") or os.path.join(here, "../build/tobiguchi")
sender = os.path.join(here, "../build/bench/bench_collect")
home = tempfile.mkdtemp(prefix="tobi-collect.")
os.chmod(home, 0o755)
data = home + "/data"
as_user = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] if os.geteuid() == 0 else []
trust = ssl._create_unverified_context()


def run(*args, **kw):
    return subprocess.run(args, check=True, capture_output=True, text=True, **kw).stdout.strip()


def cpu(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def web_of(parent):
    for pid in open(f"/proc/{parent}/task/{parent}/children").read().split():
        if b"web" in open(f"/proc/{pid}/cmdline", "rb").read():
            return int(pid)
    sys.exit("the web role is not there")


def measure(name, sensors, batches, records, keep):
    tokens = []
    for i in range(sensors):
        body = f"name={name}-{i}".encode()
        ask = urllib.request.Request(base + "/telescope/sensors/new", body, {"Authorization": "Bearer " + token, "Accept": "application/json"})
        tokens.append(json.load(urllib.request.urlopen(ask, context=trust))["data"]["token"])
    sending = subprocess.Popen([sender, str(port), str(batches), str(records), str(keep), home + "/" + name], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    sending.stdin.write("\n".join(tokens) + "\n")
    sending.stdin.close()
    size = int(sending.stdout.readline().split()[1])
    before = cpu(web)
    seconds, taken = sending.stdout.readline().split()
    if sending.wait() != 0:
        sys.exit("the sensors failed")
    return float(seconds), int(taken), cpu(web) - before, size


try:
    open(home + "/password", "w").write("a long enough passphrase\n")
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", home + "/key", "-out",
        home + "/cert", "-days", "3", "-subj", "/CN=centre")
    os.chmod(home + "/key", 0o644)
    run(program, "init", "--data", data, "--name", "Bench", "--admin-email", "admin@example.jp", "--admin-password-file", home + "/password")
    token = run(program, "token", "create", "--data", data, "--user", "admin@example.jp", "--scope", "all", "--name", "bench")
    if as_user:
        run("chown", "-R", "65534:65534", data)
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    base = f"https://127.0.0.1:{port}"
    server = subprocess.Popen(as_user + [program, "serve", "--data", data, "--listen", f"127.0.0.1:{port}", "--tls-cert", home + "/cert",
                                         "--tls-key", home + "/key", "--log-level", "warn"], stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(base + "/healthz", context=trust)
                break
            except OSError:
                time.sleep(0.1)
        web = web_of(server.pid)
        seconds, taken, used, size = measure("many", 16, 100, 1024, 1)
        print(f"collector, 1,024 records a batch ({size / 1024:.1f} bytes each), kept connections: {taken / used / 1e6:.2f} M records/s/core "
              f"(goal 1.00); {taken / seconds / 1e6:.2f} M/s by the clock, senders on the same machine")
        sensors = 200
        seconds, taken, used, size = measure("each", sensors, 1, 50, 0)
        share = used / sensors * 1000 / 60 * 100
        print(f"1,000 sensors, a batch of 50 records a minute, each on a new connection: {share:.2f} % of a core (goal 5), "
              f"{used / sensors * 1e3:.2f} ms a batch")
    finally:
        server.terminate()
        server.wait()
finally:
    shutil.rmtree(home, ignore_errors=True)
