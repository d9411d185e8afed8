# SPDX-License-Identifier: Apache-2.0
"""The takedown board and the statistics of phishing with a quarter of a million sites."""
import os
import sqlite3

INCIDENTS, BRANDS, HOSTS = 200, 300, 60000

# Straight into the tables: what is measured is reading them. Numbers that have
# nothing to do with each other come from n times a prime.
SITES = """
INSERT INTO site (incident_id, url, host, domain, tld, address, cc, asn, as_name, brand_id, origin, sector, route, step, state,
  reported_at, notified_at, checked_at, result, stopped_at, stopped_by, days, reopened, owner_id, updated_at, change)
WITH RECURSIVE k(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < {n})
SELECT {incident} + n % {incidents}, 'https://' || host || '/login/' || n || '/index.php?id=' || (n * 7919), host, domain, tld,
  '203.0.113.' || (n % 250), cc, asn, 'Network ' || asn, {brand} + (n * 31) % {brands},
  CASE (n * 31) % 3 WHEN 0 THEN 'domestic' WHEN 1 THEN 'overseas' ELSE 'unknown' END,
  CASE (n * 31) % 4 WHEN 0 THEN 'finance' WHEN 1 THEN 'retail' WHEN 2 THEN 'telecom' ELSE 'unclassified' END,
  CASE n % 5 WHEN 0 THEN 'none' WHEN 1 THEN 'registrar' ELSE 'isp' END, 1,
  CASE WHEN n % 10 < 7 THEN 'stopped' WHEN n % 10 = 7 THEN 'alive' WHEN n % 50 = 8 THEN 'reopened' ELSE 'reported' END,
  {now} - at, CASE WHEN n % 10 < 8 THEN {now} - at + 3600000 END, {now} - 3600000, 'gone',
  CASE WHEN n % 10 < 7 THEN {now} - at + 3600000 + (n * 104729) % 900000000 END, CASE WHEN n % 10 < 7 THEN 'check' END,
  CASE WHEN n % 10 < 7 THEN (n * 104729) % 12 END, CASE WHEN n % 50 = 8 THEN 1 ELSE 0 END, CASE n % 9 WHEN 0 THEN 1 END,
  {now}, n
FROM (SELECT n, 's' || (n * 7919) % {hosts} || '.' || tld AS host, 's' || (n * 7919) % {hosts} || '.' || tld AS domain, tld, cc,
  64500 + (n * 17) % 800 AS asn, (n * 15485863) % 31536000000 AS at
  FROM (SELECT CAST(n AS BIGINT) AS n,
    CASE n % 6 WHEN 0 THEN 'cn' WHEN 1 THEN 'top' WHEN 2 THEN 'shop' WHEN 3 THEN 'jp' ELSE 'com' END AS tld,
    CASE n % 7 WHEN 0 THEN 'JP' WHEN 1 THEN 'CN' WHEN 2 THEN 'DE' WHEN 3 THEN 'HK' WHEN 4 THEN 'SG' ELSE 'US' END AS cc
  FROM k) AS a) AS b
"""


def paths():
    sorts = "elapsed reported checked state site url brand cc asn route owner days stopped sector tld".split()
    groups = "brand cc asn host domain tld route state owner day sector origin".split()
    yield from ("/takedowns?state=all&sort=%s%s" % (sign, s) for s in sorts for sign in ("", "-"))
    yield from ("/takedowns?state=all&group=" + g for g in groups)
    for f in ["", "state=live", "state=reopened", "cc=JP", "asn=64600", "tld=top", "owner=me", "age=48", "asked=0", "q=login/24",
              "q=nothing-has-this", "origin=domestic&sector=finance", "state=all&page=3000"]:
        yield "/takedowns?" + f


def fill(s, n, now):
    for i in range(INCIDENTS):
        s.api("POST", "/incidents", {"title": "Sites %d" % i, "rsit": "fraud/phishing"})
    brands = [s.api("POST", "/takedowns/brands", {"name": "Brand %d" % i})["id"] for i in range(BRANDS)]
    s.stop()
    if s.postgresql:
        ask = lambda text: s.postgresql.sql("tobiguchi", text)
        ask(SITES.format(n=n, incident="(SELECT MAX(id) - %d FROM incident)" % (INCIDENTS - 1), incidents=INCIDENTS,
                         brand=min(brands), brands=BRANDS, hosts=HOSTS, now=now))
        ask("ANALYZE site")
    else:
        db = sqlite3.connect(os.path.join(s.data, "tobiguchi.db"))
        db.execute(SITES.format(n=n, incident="(SELECT MAX(id) - %d FROM incident)" % (INCIDENTS - 1), incidents=INCIDENTS,
                                brand=min(brands), brands=BRANDS, hosts=HOSTS, now=now))
        db.commit()
        db.close()
    s.start()
