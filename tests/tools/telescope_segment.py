#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A second reader of the telescope's store, written from docs/telescope-store.md alone.

    telescope_segment.py STORE    every record, tab-separated, as `tobiguchi telescope dump` writes
        ts proto src sport dst dport len ttl ipid flags window seq mss scale fingerprint bits country as sensor payload
"""
import ctypes
import ctypes.util
import ipaddress
import struct
import sys

zstd = ctypes.CDLL(ctypes.util.find_library('zstd') or 'libzstd.so.1')
zstd.ZSTD_decompress.restype = ctypes.c_size_t
MASK = (1 << 64) - 1
P = [0x9e3779b185ebca87, 0xc2b2ae3d27d4eb4f, 0x165667b19e3779f9, 0x85ebca77c2b2ae63, 0x27d4eb2f165667c5]


def rotate(v, n):
    return (v << n | v >> (64 - n)) & MASK


def lane(a, v):
    return rotate((a + v * P[1]) & MASK, 31) * P[0] & MASK


def xxh64(d):
    n, at = len(d), 0
    if n >= 32:
        a = [(P[0] + P[1]) & MASK, P[1], 0, -P[0] & MASK]
        while at + 32 <= n:
            a = [lane(x, v) for x, v in zip(a, struct.unpack_from('<4Q', d, at))]
            at += 32
        h = sum(rotate(x, r) for x, r in zip(a, (1, 7, 12, 18))) & MASK
        for x in a:
            h = ((h ^ lane(0, x)) * P[0] + P[3]) & MASK
    else:
        h = P[4]
    h = (h + n) & MASK
    while at + 8 <= n:
        h = (rotate(h ^ lane(0, struct.unpack_from('<Q', d, at)[0]), 27) * P[0] + P[3]) & MASK
        at += 8
    if at + 4 <= n:
        h = (rotate(h ^ struct.unpack_from('<L', d, at)[0] * P[0] & MASK, 23) * P[1] + P[2]) & MASK
        at += 4
    for b in d[at:]:
        h = rotate(h ^ b * P[4] & MASK, 11) * P[0] & MASK
    h = (h ^ h >> 33) * P[1] & MASK
    h = (h ^ h >> 29) * P[2] & MASK
    return h ^ h >> 32


class Frame:
    """The parts of one frame, one after the other."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def part(self):
        n, stored = struct.unpack_from('<LL', self.data, self.at)
        raw = self.data[self.at + 8:self.at + 8 + stored]
        self.at += 8 + stored
        if stored == n:
            return raw
        out = ctypes.create_string_buffer(n)
        assert zstd.ZSTD_decompress(out, n, raw, stored) == n
        return out.raw

    def bits(self, n):
        p = self.part()
        return [p[i // 8] >> i % 8 & 1 for i in range(n)]

    def sizes(self, n):
        size, bits = self.part(), int.from_bytes(self.part(), 'little')
        out, at = [], 0
        assert len(size) == n
        for s in size:
            below = max(s - 1, 0)
            out.append(0 if s == 0 else 1 << below | bits >> at & (1 << below) - 1)
            at += below
        return out

    def planes(self, n, w):
        parts = [self.part() for _ in range(w)]
        return [sum(p[i] << 8 * b for b, p in enumerate(parts)) for i in range(n)]

    def guessed(self, n, w, guess):
        """guess(i, before) of each that is not stored."""
        wrong = self.bits(n)
        stored = iter(self.planes(sum(wrong), w))
        out, before = [], 0
        for i in range(n):
            before = next(stored) if wrong[i] else guess(i, before)
            out.append(before)
        return out

    def in_blocks(self, n, one):
        return [v for i in range(0, n, 65536) for v in one(min(65536, n - i))]

    def column(self, n, w):
        return self.in_blocks(n, lambda k: self.guessed(k, w, lambda i, before: before))

    def usual(self, n, w):
        return self.in_blocks(n, lambda k: self.guessed(k, w, lambda i, before: None))

    def addresses(self, n):
        def one(k):
            six, before, out = self.bits(k), 0, []
            four = iter(self.sizes(k - sum(six)))
            planes = [self.part() for _ in range(16)] if any(six) else []
            sixes = iter(bytes(x) for x in zip(*planes))
            for s in six:
                if not s:
                    before = before + next(four) & 0xffffffff
                out.append(ipaddress.IPv6Address(next(sixes)) if s else ipaddress.IPv4Address(before))
            return out
        return self.in_blocks(n, one)


def numbers(d):
    v = shift = 0
    for b in d:
        v |= (b & 127) << shift
        shift += 7
        if b < 128:
            yield v
            v = shift = 0


class Segment:
    def __init__(self, path):
        d = open(path, 'rb').read()
        foot = d[-88:]
        assert d[:8] == foot[80:] == b'TBGSEG1\n' and struct.unpack_from('<Q', foot, 72)[0] == xxh64(foot[:72])
        (self.day, self.first, self.last, self.rows, self.ports, self.sources, self.targets, self.shapes, self.payloads, self.options,
         n, self.hash, version, zero) = struct.unpack_from('<qqqLLLLLLLLQLL', foot)
        assert version == 1 and zero == 0 and self.options < 8
        directory = d[-88 - 16 * n:-88]
        assert xxh64(directory) == self.hash
        self.frames, at = {}, 8
        for kind, number, size, h in struct.iter_unpack('<HHLQ', directory):
            assert xxh64(d[at:at + size]) == h
            self.frames[kind, number] = d[at:at + size]
            at += size
        assert at == len(d) - 88 - 16 * n

    def frame(self, kind, number=0):
        return Frame(self.frames[kind, number])

    def tables(self):
        f = self.frame(2)
        head = numbers(f.part())
        heads = [(next(head), next(head)) for _ in range(5)]
        self.slots = []  # of each row
        for c, (n, rows) in enumerate(heads):
            if n > 8192:
                dense = f.part()
                more = iter(f.sizes(dense.count(255)))
                pairs = [(p, v + (next(more) if v == 255 else 0)) for p, v in enumerate(dense) if v]
            else:
                gaps, port, pairs = f.sizes(n), -1, []
                for g, v in zip(gaps, f.sizes(n)):
                    port += g + 1
                    pairs.append((port, v))
            assert len(pairs) == n and sum(v for _, v in pairs) == rows
            self.slots += [c << 16 | p for p, v in pairs for _ in range(v)]
        f = self.frame(4)
        f.part()
        self.source = f.addresses(self.sources)
        f = self.frame(6)
        self.country, self.asn = f.column(self.sources, 2), f.column(self.sources, 4)
        self.usual = [self.frame(7, u).usual(self.sources, w) if (7, u) in self.frames else None
                      for u, w in enumerate((2, 1, 2, 2, 2, 4))]
        f = self.frame(9)
        names = f.part()
        it = iter(names)
        self.names = [bytes(next(it) for _ in range(next(numbers(it)))).decode() for _ in range(next(numbers(it)))]
        self.sensor = f.column(self.targets, 4)
        self.target = f.addresses(self.targets)
        self.shape = list(struct.iter_unpack('<HHHBBBBB', self.frame(10).part()))
        self.payload = [b'']
        for i in range(0, self.payloads, 4096):
            p = iter(self.frame(13, i // 4096).part())
            self.payload += [bytes(next(p) for _ in range(k)) for k in p]

    def block(self, b):
        slots = self.slots[b << 16:(b + 1) << 16]
        n = len(slots)
        run = self.frame(32, b).bits(n)
        gaps, source, f = iter(self.frame(33, b).sizes(sum(run))), [], self.frame(34, b)
        starts, later, at = iter(f.sizes(sum(run))), iter(f.sizes(n - sum(run))), []
        f, w = self.frame(35, b), ((self.targets - 1).bit_length() + 7) // 8
        to_start, to_step, target = iter(f.planes(sum(run), w)), iter(f.planes(n - sum(run), w)), []
        for i in range(n):
            if run[i]:
                g = next(gaps)
                source.append(g if i == 0 or slots[i] != slots[i - 1] else source[-1] + g + 1)
                at.append(next(starts))
                target.append(next(to_start))
            else:
                source.append(source[-1])
                at.append(at[-1] + next(later))
                target.append((target[-1] + next(to_step)) % self.targets)

        def guess(u):
            def of(i, before):
                usual = self.usual[u][source[i]]
                return usual if run[i] and usual is not None else before
            return of
        sport, ttl, shape = (self.frame(32 + c, b).guessed(n, w, guess(u)) for c, w, u in ((4, 2, 0), (5, 1, 1), (6, 2, 2)))
        kind = [self.shape[s][7] for s in shape]
        address = [int(self.target[t]) if self.target[t].version == 4 else 0 for t in target]
        window = seq = ipid = payload = [0] * n
        if not self.options & 2:
            window = self.frame(40, b).guessed(n, 2, guess(4))
            plain = guess(5)
            seq = self.frame(41, b).guessed(n, 4, lambda i, before: address[i] if kind[i] == 3 else plain(i, before))

            def of_id(i, before):
                usual = self.usual[3][source[i]]
                return (54321 if kind[i] == 1 else (address[i] ^ slots[i] ^ seq[i]) & 0xffff if kind[i] == 2
                        else usual if usual is not None else (before + 1 - run[i]) & 0xffff)
            ipid = self.frame(39, b).guessed(n, 2, of_id)
        micro = self.frame(42, b).planes(n, 2) if self.options & 1 else [0] * n
        if self.payloads:
            payload = self.frame(43, b).guessed(n, 4, lambda i, before: before)
        for i in range(n):
            flags, size, mss, proto, bits, options, scale, fingerprint = self.shape[shape[i]]
            us = self.day * 86400000000 + at[i] * 1000 + micro[i]
            yield (us, proto, self.source[source[i]], sport[i], self.target[target[i]], slots[i] & 0xffff if slots[i] < 4 << 16 else 0, size,
                   ttl[i], ipid[i], flags, window[i], seq[i], mss, scale, fingerprint, bits,
                   self.country[source[i]], self.asn[source[i]], self.names[self.sensor[target[i]]], self.payload[payload[i]])


def manifest(store):
    live = {}
    for line in open(store + '/MANIFEST', 'rb').read().split(b'\n')[:-1]:
        body, check = line[:-17], line[-17:]
        assert check == b'#%016x' % xxh64(body)
        for field in body.decode().rstrip('\t').split('\t'):
            if field[0] == '+':
                name, _, _, _, rows, h = field[1:].split(' ')
                live[name] = (int(rows), int(h, 16))
            elif field[0] == '-':
                del live[field[1:]]
    return live


NAMES = ['unknown', 'zmap-old', 'masscan', 'mirai', 'zmap', 'zmap-linux', 'nmap', 'backscatter']


def line(r):
    us, proto, src, sport, dst, dport, size, ttl, ipid, flags, window, seq, mss, scale, fingerprint, bits, country, asn, sensor, payload = r
    first = not bits & 4
    ports, icmp, tcp = proto in (6, 17) and first, proto in (1, 58) and first, proto == 6 and first
    return [f'{us // 1000000}.{us % 1000000:06d}', proto, src, dport >> 8 if icmp else sport if ports else '', dst,
            dport & 255 if icmp else dport if ports else '', size, ttl, ipid, f'0x{flags:04x}' if tcp else '', window if tcp else '',
            seq if tcp else '', (mss or '') if tcp else '', scale if tcp and scale != 255 else '', NAMES[fingerprint],
            chr(country >> 8) + chr(country & 255) if country else '', asn or '', sensor, payload.hex()]


def main(store):
    for name, (rows, h) in manifest(store).items():
        s = Segment(f'{store}/{name}.seg')
        assert s.rows == rows and s.hash == h
        if s.options & 4:
            continue
        s.tables()
        for b in range((rows + 65535) // 65536):
            for r in s.block(b):
                print(*line(r), sep='\t')


if __name__ == '__main__':
    main(sys.argv[1])
