#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An independent reader of IPFIX files (RFC 7011): FILE TSV; the records must be those lines.
TSV has ts proto src sport dst dport len ttl ipid seq of each."""
import ipaddress
import struct
import sys

PROTO, SPORT, SRC4, DPORT, DST4, SRC6, DST6, START, TTL, ID, SEQ, LEN, ICMP4, ICMP6 = 4, 7, 8, 11, 12, 27, 28, 152, 192, 54, 184, 1, 32, 139


def records(data):
    templates, sequence, at = {}, 0, 0
    while at < len(data):
        version, length, _, told, domain = struct.unpack_from('>HHIII', data, at)
        assert version == 10 and length >= 16 and domain == 1, (at, version, length)
        assert told == sequence, ('a sequence number', told, sequence)
        end, p = at + length, at + 16
        while p < end:
            kind, size = struct.unpack_from('>HH', data, p)
            assert size >= 4 and p + size <= end
            body = data[p + 4:p + size]
            p += size
            if kind == 2:
                q = 0
                while q < len(body):
                    number, n = struct.unpack_from('>HH', body, q)
                    templates[number] = [struct.unpack_from('>HH', body, q + 4 + 4 * i) for i in range(n)]
                    q += 4 + 4 * n
                continue
            template = templates[kind]
            width = sum(n for _, n in template)
            for q in range(0, len(body) - width + 1, width):
                row, r = {}, q
                for element, n in template:
                    row[element] = body[r:r + n]
                    r += n
                sequence += 1
                yield row
        assert p == end
        at = end


def number(row, element):
    return int.from_bytes(row[element], 'big')


def main():
    want = []
    for line in open(sys.argv[2]):
        f = line.rstrip('\n').split('\t')
        icmp = f[1] in ('1', '58') and f[3] != ''
        ports = ((0, 0), int(f[3]) * 256 + int(f[5])) if icmp else ((int(f[3] or 0), int(f[5] or 0)), 0)
        want.append((int(f[0].replace('.', '')) // 1000, int(f[1]), str(ipaddress.ip_address(f[2])), str(ipaddress.ip_address(f[4])),
                     ports, int(f[6]), int(f[7]), int(f[8]), int(f[9] or 0)))
    have = []
    for row in records(open(sys.argv[1], 'rb').read()):
        v4 = SRC4 in row
        have.append((number(row, START), number(row, PROTO), str(ipaddress.ip_address(row[SRC4 if v4 else SRC6])),
                     str(ipaddress.ip_address(row[DST4 if v4 else DST6])),
                     ((number(row, SPORT), number(row, DPORT)), number(row, ICMP4 if v4 else ICMP6)), number(row, LEN), number(row, TTL),
                     number(row, ID), number(row, SEQ)))
    want.sort()
    have.sort()
    assert len(have) > 0 and want == have, next(x for x in zip(want + [None], have + [None]) if x[0] != x[1])


main()
