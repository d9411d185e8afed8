#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Learning and deciding beside scikit-learn and rpart, on one core, from the same files.

  bench/decision.py [--history FILE.csv] [--table DEPLOYER.json]

Prints one line a figure: the goal, ours, the peer's, the ratio; ends with 1 when a goal is missed. A peer that is
not installed (python3-sklearn, r-cran-rpart) is left out. Times are processor time, the best of several.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

SKLEARN = r"""
import csv, json, resource, sys, time
import numpy as np
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeClassifier
def load(path):
    rows = list(csv.reader(open(path)))[1:]
    a = np.array(rows)
    return a[:, :-1], a[:, -1]
X, y = load(sys.argv[1])
Z, z = load(sys.argv[2])
start = time.process_time()
enc = OneHotEncoder(handle_unknown="ignore")
A = enc.fit_transform(X).toarray().astype(np.float32)
encode = time.process_time() - start
fit = 1e9
for turn in range(2):
    tree = DecisionTreeClassifier(min_samples_leaf=50, random_state=0)
    start = time.process_time()
    tree.fit(A, y)
    fit = min(fit, time.process_time() - start)
B = enc.transform(Z).toarray().astype(np.float32)
predict = 1e9
for turn in range(3):
    start = time.process_time()
    p = tree.predict(B)
    predict = min(predict, time.process_time() - start)
print(json.dumps({"encode_s": encode, "fit_s": fit, "leaves": int(tree.get_n_leaves()), "predict_rows_s": len(z) / predict,
    "accuracy": float((p == z).mean()), "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""

RPART = r"""
library(rpart)
arg <- commandArgs(TRUE)
d <- read.csv(arg[1], stringsAsFactors = TRUE)
t <- system.time(m <- rpart(y ~ ., d, method = "class", control = rpart.control(cp = 1e-4, minbucket = 50, xval = 0, maxsurrogate = 0)))
cat(sprintf('{"fit_s":%f,"leaves":%d}\n', t[["user.self"]] + t[["sys.self"]], sum(m$frame$var == "<leaf>")))
"""


def run(command, **more):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, **more).stdout.splitlines()[-1])


def peer(command):
    try:
        return run(command, env=dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1"))
    except (OSError, subprocess.CalledProcessError):
        return {}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--history", default=os.environ.get("TOBIGUCHI_CONFORMANCE", "") + "/decisions/history.csv",
        help="past decisions with the columns automatable, cvss3, cwe, cna, n_affected, ref_exploit")
    p.add_argument("--table", help="an SSVC deployer table (default: the shipped one)")
    p.add_argument("--rows", type=int, default=300000)
    p.add_argument("--program", default="build/bench/bench_decision")
    a = p.parse_args()
    table = a.table or os.path.join(os.path.dirname(__file__), "../src/decision/models/ssvc-deployer.json")
    missed = []

    def tell(what, goal, ours, theirs="", ratio="", good=True):
        print(f"{what:<46}{goal:>16}{ours:>16}{theirs:>22}{ratio:>8}{'' if good else '  MISSED'}", flush=True)
        if not good:
            missed.append(what)

    with tempfile.TemporaryDirectory() as d:
        train, test = d + "/train.csv", d + "/test.csv"
        subprocess.run([a.program, "make", train, str(a.rows), "1"], check=True)
        subprocess.run([a.program, "make", test, "100000", "2"], check=True)
        ours = run([a.program, "fit", train, test])
        python = "/usr/bin/python3"
        sk = peer([python, "-c", SKLEARN, train, test])
        rp = peer(["Rscript", "-e", RPART, train]) if a.rows <= 300000 else {}
        print(f"# {a.rows} rows x 12 categorical facts, a leaf of at least 50, load {os.getloadavg()[0]:.1f}")
        tell("", "goal", "ours", "scikit-learn", "ratio")
        f = sk.get("fit_s")
        tell("fit, s", "<= 0.15", f"{ours['fit_s']:.3f}", f"{f:.2f} + {sk['encode_s']:.2f}" if f else "not installed",
            f"{(f + sk['encode_s']) / ours['fit_s']:.0f}x" if f else "", ours["fit_s"] <= 0.15)
        tell("memory at the peak with the file read, MB", "<= 40", f"{ours['peak_mib'] * 1.048576:.1f}",
            f"{sk['peak_mib'] * 1.048576:.0f}" if sk else "", f"{sk['peak_mib'] / ours['peak_mib']:.0f}x" if sk else "",
            ours["peak_mib"] * 1.048576 <= 40)
        tell("predict, million rows/s", ">= 10", f"{ours['predict_rows_s'] / 1e6:.1f}",
            f"{sk['predict_rows_s'] / 1e6:.1f}" if sk else "", f"{ours['predict_rows_s'] / sk['predict_rows_s']:.1f}x" if sk else "",
            ours["predict_rows_s"] >= 1e7)
        tell("leaves", "as the peer", str(ours["leaves"]), str(sk.get("leaves", "")), "",
            not sk or abs(ours["leaves"] - sk["leaves"]) <= 0.005 * sk["leaves"])
        tell("accuracy on 100,000 others", "as the peer", f"{ours['accuracy']:.4f}", f"{sk['accuracy']:.4f}" if sk else "", "",
            not sk or abs(ours["accuracy"] - sk["accuracy"]) <= 0.001)
        tell("read the CSV file, s", "", f"{ours['read_s']:.3f}")
        if rp:
            tell("rpart: fit (cp 1e-4, no cross-validation), s", "", f"{ours['fit_s']:.3f}", f"{rp['fit_s']:.2f}, {rp['leaves']} leaves",
                f"{rp['fit_s'] / ours['fit_s']:.0f}x")
        if os.path.exists(a.history):
            h = run([a.program, "history", a.history])
            tell(f"relearn {h['rows']} real decisions, pruned, ms", "<= 10", f"{h['relearn_s'] * 1000:.1f}", "", "", h["relearn_s"] <= 0.010)
        if os.path.exists(table):
            r = run([a.program, "assess", table, "300000"])
            tell("300,000 records scored, decided, ranked, s", "<= 1", f"{r['total_s']:.2f}", "", "", r["total_s"] <= 1)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
