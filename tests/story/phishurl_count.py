#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""phishurl_count.py FILE…: brands, top-level domains and months of jpcert-phishurl
lists as JSON, counted without any of the program's code: Python's csv, its
ipaddress, and of the URL only what stands between the slashes.
"""
import collections
import csv
import ipaddress
import json
import sys

lines = {}
for name in sys.argv[1:]:
    with open(name, encoding="utf-8-sig", newline="") as f:
        rows = csv.reader(f)
        next(rows)
        for row in rows:
            if len(row) >= 2 and row[1].strip():
                lines[row[0].strip(), row[1].strip(), (row[2] if len(row) > 2 else "").strip()] = True


# A URL that was reported again is one site, of its first report.
# Scheme and host have no case; no path is the path "/" (RFC 3986 section 6.2).
def same(url):
    scheme, _, rest = url.partition("://")
    at = min([rest.find(m) for m in "/?#" if m in rest] or [len(rest)])
    return scheme.lower() + "://" + rest[:at].lower() + (rest[at:] if rest[at:at + 1] == "/" else "/" + rest[at:])


sites = {}
for date, url, brand in lines:
    sites.setdefault(same(url), (date, brand))


def host(url):
    rest = url.split("://", 1)[-1].replace("\\", "/")
    for mark in "/?#":
        rest = rest.split(mark, 1)[0]
    rest = rest.rsplit("@", 1)[-1]
    name = rest.rsplit(":", 1)[0] if rest.rsplit(":", 1)[-1].isdigit() else rest
    return name.rstrip(".").lower()


def tld(name):
    try:
        ipaddress.ip_address(name.strip("[]"))
        return ""
    except ValueError:
        last = name.rsplit(".", 1)[-1]
        return last if last.isascii() else last.encode("idna").decode()


json.dump({
    "reports": len(lines),
    "total": len(sites),
    "months": collections.Counter(d[0:4] + "-" + d[5:7] for d, _ in sites.values()),
    "tlds": collections.Counter(tld(host(u)) for u in sites),
    "brands": collections.Counter(b for _, b in sites.values()),
}, sys.stdout, ensure_ascii=False, sort_keys=True)
