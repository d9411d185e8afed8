#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a plain program counts in a capture, beside what `tobiguchi telescope` answers.

    telescope_count.py make FILE [PACKETS [SEED]]       writes a capture of odd and usual packets
    telescope_count.py compare TOBIGUCHI STORE FILE...  asks both the same; prints TAP
    telescope_count.py compare TOBIGUCHI URL FILE...    the same of what was loaded into a ClickHouse

It shares nothing with the program: packets are taken apart here again, with loops and
dictionaries.
"""
import collections
import ipaddress
import json
import random
import struct
import subprocess
import sys

DAY0 = 1788220800  # 2026-09-01


def checksum(data):
    if len(data) % 2:
        data += b'\0'
    s = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while s >> 16:
        s = (s & 0xffff) + (s >> 16)
    return ~s & 0xffff


def ip4(rng, src, dst, proto, body, ident=None, frag=0, ttl=50, options=b''):
    ihl = 5 + len(options) // 4
    head = struct.pack('!BBHHHBBH4s4s', 0x40 | ihl, 0, ihl * 4 + len(body),
                       rng.randrange(65536) if ident is None else ident, frag, ttl, proto, 0, src, dst) + options
    head = head[:10] + struct.pack('!H', checksum(head)) + head[12:]
    return head + body


def tcp(rng, src, dst, sport, dport, seq, flags, window, options=b'', payload=b'', ack=0):
    options += b'\0' * (-len(options) % 4)
    body = struct.pack('!HHLLHHHH', sport, dport, seq, ack, (5 + len(options) // 4) << 12 | flags, window, 0, 0) + options + payload
    pseudo = src + dst + struct.pack('!HH', 6, len(body))
    return body[:16] + struct.pack('!H', checksum(pseudo + body)) + body[18:]


def udp(src, dst, sport, dport, payload):
    body = struct.pack('!HHHH', sport, dport, 8 + len(payload), 0) + payload
    c = checksum(src + dst + struct.pack('!HH', 17, len(body)) + body)
    return body[:6] + struct.pack('!H', c or 0xffff) + body[8:]


def one(rng, sources, targets):
    """One IP packet as bytes."""
    kind = rng.randrange(40)
    if kind < 4:
        src = rng.choice(sources[1])
        dst = rng.choice(targets[1])
        if kind == 0:
            body, proto = struct.pack('!BBHHH', 128, 0, 0, 7, 9) + b'x' * rng.randrange(9), 58
        else:
            body, proto = tcp(rng, src, dst, rng.randrange(65536), rng.choice((22, 80, 443)), 5, 2, 64000, b'\2\4\5\xa0'), 6
        ext = b''
        nxt = proto
        if kind == 2:
            ext, nxt = struct.pack('!BB6s', proto, 0, b'\1\4\0\0\0\0'), 0
        if kind == 3:
            ext, nxt = struct.pack('!BBHL', proto, 0, rng.choice((0, 1, 8, 185 << 3)), rng.randrange(1 << 32)), 44
        return struct.pack('!LHBB16s16s', 6 << 28, len(ext + body), nxt, rng.randrange(256), src, dst) + ext + body, 6
    src, dst = rng.choice(sources[0]), rng.choice(targets[0])
    ttl = 30 + src[3] % 90
    if kind < 8:
        port = rng.choice((53, 123, 5060, rng.randrange(65536)))
        return ip4(rng, src, dst, 17, udp(src, dst, rng.randrange(65536), port, bytes(rng.randrange(4)) * rng.randrange(12)), ttl=ttl), 4
    if kind < 11:
        body = struct.pack('!BBHHH', rng.choice((8, 8, 3, 11, 0)), rng.randrange(2), 0, 1, 2)
        body = body[:2] + struct.pack('!H', checksum(body)) + body[4:]
        return ip4(rng, src, dst, 1, body, ttl=ttl), 4
    if kind == 11:
        return ip4(rng, src, dst, rng.choice((47, 50, 2, 132, 255)), b'strange', ttl=ttl), 4
    if kind == 12:
        return ip4(rng, src, dst, 6, b'\0' * 16, frag=rng.choice((0x2000, 3, 0x2005)), ttl=ttl), 4
    if kind == 13:  # too short for TCP
        return ip4(rng, src, dst, 6, struct.pack('!HHL', 1, 23, 9)[:rng.randrange(9)], ttl=ttl), 4
    port = rng.choice((23, 23, 23, 445, 445, 22, 2323, rng.randrange(65536)))
    sport, seq, ident = rng.randrange(1024, 65536), rng.randrange(1 << 32), rng.randrange(65536)
    d = struct.unpack('!L', dst)[0]
    options, flags, window, frag = b'', 2, rng.choice((1024, 29200, 65535)), rng.choice((0, 0x4000))
    style = src[3] % 6
    if style == 0:
        seq = d
    elif style == 1:
        window, ident = 1024, (d ^ port ^ seq) & 0xffff
    elif style == 2:
        ident = 54321
    elif style == 3:
        options = b'\2\4\5\xb4\4\2\x08\x0a' + struct.pack('!LL', rng.randrange(1 << 32), 0) + b'\1\3\3\7'
    elif style == 4:
        options, window, frag, ttl, sport = b'\2\4\5\xb4\1\3\3\x08\1\1\4\2', 65535, 0, 50, rng.randrange(32768, 61001)
    else:
        flags = rng.choice((2, 0x12, 4, 0x14, 0x10, 0xfff, 0))
    if rng.randrange(50) == 0:
        options = rng.choice((b'\2\0\0\0', b'\2\xff\1\1', b'\1\1\1\1', b'\x1e\4\0\0', b'\3\3\x0f\0'))
    return ip4(rng, src, dst, 6, tcp(rng, src, dst, sport, port, seq, flags, window, options), ident, frag, ttl), 4


def make(path, packets, seed):
    rng = random.Random(seed)
    def four(base, n):
        return [struct.pack('!L', base + rng.randrange(1 << 16)) for _ in range(n)]
    def six(n):
        return [ipaddress.ip_address('2001:db8:%x::%x' % (rng.randrange(4), rng.randrange(1 << 16))).packed for _ in range(n)]
    heavy = four(0x08080000, 20)
    sources = [heavy * 20 + four(0x2d000000, 400) + four(0xc6336400, 200), six(60)]
    targets = [[struct.pack('!L', 0xc0000200 + i) for i in range(9)] + [struct.pack('!L', 0xcb007100 + i) for i in range(5)], six(3)]
    with open(path, 'wb') as f:
        f.write(struct.pack('<LHHLLLL', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        at = DAY0 + 3600.0
        for i in range(packets):
            at += rng.random() * 2 * 86400 * 2.4 / packets
            body, version = one(rng, sources, targets)
            frame = b'\2\0\0\0\0\1\2\0\0\0\0\2'
            for _ in range(rng.choice((0, 0, 0, 1, 2))):
                frame += struct.pack('!HH', 0x8100, rng.randrange(4096))
            frame += struct.pack('!H', 0x800 if version == 4 else 0x86dd) + body
            if rng.randrange(200) == 0:
                frame = b'\2\0\0\0\0\1\2\0\0\0\0\2\x08\x06' + b'\0' * 28
            if rng.randrange(3) > 0 and len(frame) < 60:
                frame += b'\0' * (60 - len(frame))
            keep = len(frame) if rng.randrange(100) else rng.randrange(len(frame) + 1)
            t = at if rng.randrange(50) else at - rng.random() * 9000
            f.write(struct.pack('<LLLL', int(t), int(t * 1e6) % 1000000, keep, len(frame)) + frame[:keep])


EXTENSIONS = {0, 43, 44, 51, 60, 135, 139, 140}


def read(path):
    """Every record of a capture as a dictionary."""
    data = open(path, 'rb').read()
    at = 24
    while at + 16 <= len(data):
        sec, usec, n, wire = struct.unpack_from('<LLLL', data, at)
        frame = data[at + 16:at + 16 + n]
        at += 16 + n
        r = packet(frame, wire)
        if r is not None:
            r['us'] = (sec * 1000000 + usec) // 1000 * 1000
            yield r


def packet(frame, wire):
    if len(frame) < 14:
        return None
    kind, at = struct.unpack_from('!H', frame, 12)[0], 14
    while kind == 0x8100 and len(frame) >= at + 4:
        kind = struct.unpack_from('!H', frame, at + 2)[0]
        at += 4
    if kind not in (0x800, 0x86dd):
        return None
    p, wire = frame[at:], wire - at
    r = dict(sport=0, dport=0, flags=0, window=0, seq=0, mss=0, ipid=0, scale=255, ports=False, icmp=False, frag=False)
    if kind == 0x800:
        if len(p) < 20 or p[0] >> 4 != 4 or (p[0] & 15) < 5:
            return None
        total, r['ipid'], frag = struct.unpack_from('!HHH', p, 2)
        r.update(v=4, len=total, ttl=p[8], proto=p[9], src=p[12:16], dst=p[16:20], df=frag >> 14 & 1)
        r['frag'] = (frag & 0x1fff) != 0
        r['mf'] = frag >> 13 & 1
        head = (p[0] & 15) * 4
        p, wire = p[:max(total, head)], min(wire, max(total, head))
        p, wire = p[head:], wire - head
    else:
        if len(p) < 40 or p[0] >> 4 != 6:
            return None
        n, nxt = struct.unpack_from('!HB', p, 4)
        r.update(v=6, len=n + 40, ttl=p[7], src=p[8:24], dst=p[24:40], df=0, mf=0)
        p, wire = p[40:], wire - 40
        p, wire = p[:n], min(wire, n)
        while nxt in EXTENSIONS:
            if len(p) < 8:
                break
            size = 8 if nxt == 44 else (p[1] + 1) * 8
            if nxt == 44:
                off, ident = struct.unpack_from('!HL', p, 2)
                r['frag'], r['mf'], r['ipid'] = (off & 0xfff8) != 0, off & 1, ident & 0xffff
            nxt = p[0]
            if size > len(p):
                p = b''
                break
            p, wire = p[size:], wire - size
            if r['frag']:
                break
        r['proto'] = nxt
    if r['frag']:
        return r
    if r['proto'] in (6, 17) and len(p) >= 4:
        r['sport'], r['dport'] = struct.unpack_from('!HH', p)
    r['ports'] = r['proto'] in (6, 17)
    if r['proto'] == 6:
        if len(p) >= 8:
            r['seq'] = struct.unpack_from('!L', p, 4)[0]
        if len(p) >= 14:
            r['flags'] = struct.unpack_from('!H', p, 12)[0] & 0xfff
        if len(p) >= 16:
            r['window'] = struct.unpack_from('!H', p, 14)[0]
        if len(p) >= 20:
            tcp_options(r, p, wire)
    if r['proto'] in (1, 58):
        r['icmp'] = True
        if len(p) >= 2:
            r['dport'] = p[0] << 8 | p[1]
    return r


def tcp_options(r, p, wire):
    n = (p[12] >> 4) * 4
    if n < 20:
        return
    o = p[20:n]
    while o:
        if o[0] == 0:
            return
        if o[0] == 1:
            o = o[1:]
            continue
        if len(o) < 2 or o[1] < 2 or o[1] > len(o):
            return
        if o[0] == 2 and o[1] == 4:
            r['mss'] = o[2] << 8 | o[3]
        if o[0] == 3 and o[1] == 3:
            r['scale'] = o[2]
        o = o[o[1]:]


NAMES = {1: 'icmp', 2: 'igmp', 4: 'ipip', 6: 'tcp', 17: 'udp', 41: 'ipv6', 47: 'gre', 50: 'esp', 51: 'ah', 58: 'icmp6',
         89: 'ospf', 132: 'sctp', 136: 'udplite'}


def text(ip):
    return str(ipaddress.ip_address(ip))


def port(r):
    name = NAMES.get(r['proto'], str(r['proto']))
    if r['proto'] in (6, 17):
        return '%d/%s' % (r['dport'], name)
    if r['proto'] in (1, 58):
        return '%d:%d/%s' % (r['dport'] >> 8, r['dport'] & 255, name)
    return name


def iso(us, hour):
    import datetime
    t = datetime.datetime.fromtimestamp(us // 1000000, datetime.timezone.utc)
    return t.strftime('%Y-%m-%dT%H:00:00Z' if hour else '%Y-%m-%d')


def net(ip):
    return str(ipaddress.ip_network((ip, 24 if len(ip) == 4 else 48), strict=False))


KEYS = {
    'port': port,
    'proto': lambda r: NAMES.get(r['proto'], str(r['proto'])),
    'source': lambda r: text(r['src']),
    'net': lambda r: net(r['src']),
    'hour': lambda r: iso(r['us'], True),
    'day': lambda r: iso(r['us'], False),
}


def within(ip, network):
    n = ipaddress.ip_network(network)
    return len(ip) == (4 if n.version == 4 else 16) and ipaddress.ip_address(ip) in n


NOON = (DAY0 + 43200) * 1000000
FILTERS = {
    '': lambda r: True,
    'tcp': lambda r: r['proto'] == 6,
    'dport 23': lambda r: r['proto'] in (6, 17) and r['dport'] == 23,
    'tcp dport 23,2323,1-1024': lambda r: r['proto'] == 6 and (r['dport'] in (23, 2323) or 1 <= r['dport'] <= 1024),
    'not tcp': lambda r: r['proto'] != 6,
    'src net 8.8.0.0/16': lambda r: within(r['src'], '8.8.0.0/16'),
    'src 2001:db8:1::/48 or icmp': lambda r: within(r['src'], '2001:db8:1::/48') or r['proto'] == 1,
    'dst 192.0.2.3 and udp': lambda r: within(r['dst'], '192.0.2.3/32') and r['proto'] == 17,
    'ttl > 80 and not dport 445': lambda r: r['ttl'] > 80 and not (r['proto'] in (6, 17) and r['dport'] == 445),
    'flags = syn and window 1024': lambda r: r['proto'] == 6 and r['flags'] == 2 and r['window'] == 1024,
    'flags & rst+ack': lambda r: r['proto'] == 6 and r['flags'] & 0x14 != 0,
    'port 22 or len < 41': lambda r: (r['proto'] in (6, 17) and 22 in (r['sport'], r['dport'])) or r['len'] < 41,
    'time >= 2026-09-01T12:00 and time < 2026-09-02T03:00': lambda r: NOON <= r['us'] < NOON + 15 * 3600 * 1000000,
    'time >= 2026-09-01T12:30:00.500 and dport 445': lambda r: r['us'] >= NOON + 1800500000 and r['proto'] in (6, 17) and r['dport'] == 445,
    'icmptype 8 or mss 1460': lambda r: (r['proto'] in (1, 58) and r['dport'] >> 8 == 8) or r['mss'] == 1460,
    'df and ipid 0-30000 and sport 32768-65535': lambda r: r['df'] and r['ipid'] <= 30000 and r['proto'] in (6, 17) and r['sport'] >= 32768,
    'fragment': lambda r: r['frag'] or r['mf'],
    'ip6 and seq 5': lambda r: r['v'] == 6 and r['proto'] == 6 and r['seq'] == 5,
}
GROUPS = ['port', 'proto', 'source', 'net', 'hour', 'day', 'port,hour', 'source,day', 'port,day', 'net,port', 'proto,hour']
MEASURES = {'packets': None, 'sources': 'src', 'targets': 'dst'}


def count(records, keys, where, measure):
    groups = collections.defaultdict(lambda: [0, set()])
    for r in records:
        if not where(r):
            continue
        g = groups[tuple(KEYS[k](r) for k in keys)]
        g[0] += 1
        if measure != 'packets':
            g[1].add(r[MEASURES[measure]])
    return {k: (v[0] if measure == 'packets' else len(v[1])) for k, v in groups.items()}


def ask(tobiguchi, store, *args):
    where = '--clickhouse' if store.startswith('http:') else '--store'
    out = subprocess.run([tobiguchi, 'telescope', 'query', where, store, '--json', *args], check=True,
                         stdout=subprocess.PIPE).stdout
    answer = json.loads(out)
    return answer.get('data', answer)


def compare(tobiguchi, store, paths):
    records = [r for p in paths for r in read(p)]
    n = bad = 0

    def result(ok, name, why=''):
        nonlocal n, bad
        n += 1
        bad += not ok
        print('%s %d - %s' % ('ok' if ok else 'not ok', n, name))
        if not ok:
            print('# ' + why[:600])

    there = store.startswith('http:')
    for i, (where, test) in enumerate(FILTERS.items()):
        kept = [r for r in records if test(r)]
        faults = []
        # A server takes longer to answer: every filter and every group, but not each with each.
        for group in GROUPS if not there else GROUPS[i % 6::6]:
            keys = group.split(',')
            for measure in MEASURES:
                want = count(kept, keys, lambda r: True, measure)
                got = ask(tobiguchi, store, '--where', where, '--group-by', group, '--measure', measure)
                have = {tuple(i[k] for k in keys): i[measure] for i in got['items']}
                if have != want:
                    differ = [(k, want.get(k), have.get(k)) for k in set(want) | set(have) if want.get(k) != have.get(k)]
                    faults.append('%s of %s: %d differ, such as %r' % (measure, group, len(differ), differ[:3]))
                if group not in ('port', 'net', 'proto,hour'):
                    continue
                top = ask(tobiguchi, store, '--where', where, '--group-by', group, '--measure', measure, '--top', '3')
                if not {'hour', 'day'} & set(keys):
                    if [i[measure] for i in top['items']] != sorted(want.values(), reverse=True)[:3]:
                        faults.append('%s of %s: the first three' % (measure, group))
                    rest = sum(sorted(want.values(), reverse=True)[3:])
                    if measure == 'packets' and top['others']['packets'] != rest:
                        faults.append('%s of %s: others %r, not %r' % (measure, group, top['others'], rest))
                    shown = {tuple(j[k] for k in keys) for j in top['items']}
                    if measure != 'packets' and there:
                        rest = len({r[MEASURES[measure]] for r in kept if tuple(KEYS[k](r) for k in keys) not in shown})
                        if (top['others'][measure] or 0) != rest:
                            faults.append('%s of %s: others %r, not %r' % (measure, group, top['others'], rest))
        result(not faults, 'where %s' % (where or 'all'), '; '.join(faults))
    if not there:
        dump(result, records, tobiguchi, store)
    print('1..%d' % n)
    return bad == 0


def dump(result, records, tobiguchi, store):
    """Field by field."""
    fields = ['ts', 'proto', 'src', 'sport', 'dst', 'dport', 'len', 'ttl', 'df', 'mf', 'ipid', 'flags', 'window', 'seq', 'mss', 'scale']
    out = subprocess.run([tobiguchi, 'telescope', 'dump', '--store', store, '--fields', ','.join(fields), '--tsv'], check=True,
                         stdout=subprocess.PIPE, text=True).stdout
    want = []
    for r in records:
        tcp_here = r['proto'] == 6 and not r['frag']
        icmp = r['proto'] in (1, 58) and not r['frag']
        ports = r['proto'] in (6, 17) and not r['frag']
        row = ['%d.%06d' % divmod(r['us'], 1000000), r['proto'], text(r['src']),
               r['dport'] >> 8 if icmp else r['sport'] if ports else '', text(r['dst']),
               r['dport'] & 255 if icmp else r['dport'] if ports else '', r['len'], r['ttl'], int(r['df']), int(r['mf']), r['ipid'],
               '0x%04x' % r['flags'] if tcp_here else '', r['window'] if tcp_here else '', r['seq'] if tcp_here else '',
               r['mss'] or '' if tcp_here else '', r['scale'] if tcp_here and r['scale'] != 255 else '']
        want.append('\t'.join(str(x) for x in row))
    have = sorted(out.splitlines())
    want.sort()
    wrong = [(w, h) for w, h in zip(want, have) if w != h]
    result(not wrong and len(want) == len(have), 'dump: %d records, field by field' % len(want),
           '%d lines, not %d; %r' % (len(have), len(want), wrong[:2]))


def main():
    if sys.argv[1] == 'make':
        make(sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 20000, int(sys.argv[4]) if len(sys.argv) > 4 else 1)
        return 0
    return 0 if compare(sys.argv[2], sys.argv[3], sys.argv[4:]) else 1


if __name__ == '__main__':
    sys.exit(main())
