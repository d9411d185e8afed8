#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""telescope_weeks.py PCAP MAP [END]: sixteen days of made packets, the same each time, from
2026-09-01 on; or until the hour of END (seconds), and then the wave comes in its last hour.

Forty addresses of eight sensors. A background of scanners, with busier days and one
heavy source; on day 9 at 06:00 a wave (120 sources an hour at 9530/tcp), from day 11 on
a slow start (7 sources that return all day long at 8728/tcp). Prints when both begin."""
import random, struct, sys

random.seed(20260901)
DAYS, WAVE, SLOW = 16, 9 * 24 + 6, 11 * 24
if len(sys.argv) > 3:
    WAVE = DAYS * 24 - 1
START = int(sys.argv[3]) // 3600 * 3600 - DAYS * 86400 if len(sys.argv) > 3 else 1788220800  # 2026-09-01T00:00:00Z
PORTS = [23, 22, 80, 443, 445, 3389, 8080, 5900, 1433, 6379, 8728, 2323]

sensors = [(s, bytes([203, 0, 113, s * 8 + a])) for s in range(8) for a in range(5)]
rows = []


def put(at, source, port, many=1):
    for _ in range(many):
        rows.append((at + random.random() * 3600, source, random.choice(sensors)[1], port))


for hour in range(DAYS * 24):
    at = START + hour * 3600
    busy = 1 + 0.3 * (hour % 24 in range(12, 18))
    for rank, port in enumerate(PORTS):
        for _ in range(int(random.gauss(14 / (1 + rank / 3), 1.2) * busy)):
            put(at, bytes([198, 51, 100, random.randrange(1, 250)]), port)
    for _ in range(6):  # single knocks anywhere
        put(at, bytes([198, 18, random.randrange(256), random.randrange(256)]), random.randrange(1024, 65536))
    if 100 <= hour < 106:  # one source alone is no wave
        put(at, bytes([192, 0, 2, 250]), 5038, 80)
    if hour >= WAVE:
        for _ in range(120):
            put(at, bytes([198, 19, random.randrange(256), random.randrange(256)]), 9530)
    if hour >= SLOW:
        for k in range(7):
            put(at, bytes([192, 0, 2, 10 + k]), 8728)

with open(sys.argv[1], 'wb') as out:
    out.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
    for at, source, target, port in sorted(rows):
        tcp = struct.pack('>HHIIBBHHH', 40000, port, 7, 0, 5 << 4, 2, 1024, 0, 0)
        ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 40, 1, 0, 50, 6, 0, source, target) + tcp
        out.write(struct.pack('<IIII', int(at), int(at % 1 * 1e6), len(ip), len(ip)) + ip)
with open(sys.argv[2], 'w') as out:
    out.writelines('%d.%d.%d.%d/32,s%d\n' % (*address, s) for s, address in sensors)
print(START + WAVE * 3600, START + SLOW * 3600, DAYS)
