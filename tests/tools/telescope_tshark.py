#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""telescope_tshark.py TOBIGUCHI FILE...: each record equals what tshark shows of the packet.

Prints TAP. Packets that tshark knows no IP addresses of are none of ours.
"""
import collections
import os
import subprocess
import sys
import tempfile

FIELDS = ['frame.time_epoch', 'ip.src', 'ip.dst', 'ip.proto', 'ip.len', 'ip.ttl', 'ip.id', 'ip.flags.df', 'ip.flags.mf', 'ip.frag_offset',
          'ipv6.src', 'ipv6.dst', 'ipv6.plen', 'ipv6.hlim', 'tcp.srcport', 'tcp.dstport', 'tcp.flags', 'tcp.window_size_value',
          'tcp.seq_raw', 'tcp.options.mss_val', 'tcp.options.wscale.shift', 'udp.srcport', 'udp.dstport', 'icmp.type', 'icmp.code',
          'icmpv6.type', 'icmpv6.code', 'ipv6.fraghdr.offset', 'ipv6.fraghdr.more', 'frame.protocols']
# Fields of the first layer only; fragments are not put together; no guessing of what is in UDP.
OPTIONS = ['-n', '-o', 'ip.defragment:FALSE', '-o', 'ipv6.defragment:FALSE', '-o', 'tcp.desegment_tcp_streams:FALSE', '-T', 'fields',
           '-E', 'occurrence=f', '-E', 'separator=/t']
NAMES = {'tcp': 6, 'udp': 17, 'icmp': 1, 'icmpv6': 58}


def tshark(path):
    command = ['tshark', '-r', path, *OPTIONS]
    for f in FIELDS:
        command += ['-e', f]
    out = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    for line in out.splitlines():
        x = dict(zip(FIELDS, line.split('\t')))
        layers = x['frame.protocols'].split(':')
        if 'ip' not in layers and 'ipv6' not in layers:
            continue
        # What is behind a second IP header belongs to another packet: that of an ICMP error, of a tunnel.
        at = min(layers.index(v) for v in ('ip', 'ipv6') if v in layers)
        v4 = layers[at] == 'ip'
        inner = [i for i, l in enumerate(layers) if i > at and l in ('ip', 'ipv6')]
        own = layers[at + 1:inner[0] if inner else None]
        proto = next((NAMES[l] for l in own if l in NAMES), None)
        if not x['ip.dst' if v4 else 'ipv6.dst']:
            continue
        # "ip.proto" of IPv6 is in extension headers: only compared when we know it.
        row = {'ts': x['frame.time_epoch'][:17], 'src': x['ip.src'] if v4 else x['ipv6.src'], 'dst': x['ip.dst'] if v4 else x['ipv6.dst'],
               'len': x['ip.len'] if v4 else str(int(x['ipv6.plen']) + 40), 'ttl': x['ip.ttl'] if v4 else x['ipv6.hlim'],
               'proto': x['ip.proto'] if v4 else str(proto or '')}
        if v4:
            row['ipid'], row['df'], row['mf'] = str(int(x['ip.id'], 16)), x['ip.flags.df'], x['ip.flags.mf']
        later = int(x['ip.frag_offset'] if v4 else x['ipv6.fraghdr.offset'] or 0) > 0
        if proto == 6 and not later:
            row.update(sport=x['tcp.srcport'], dport=x['tcp.dstport'], flags=x['tcp.flags'], window=x['tcp.window_size_value'],
                       seq=x['tcp.seq_raw'], mss=x['tcp.options.mss_val'], scale=x['tcp.options.wscale.shift'])
        if proto == 17 and not later:
            row.update(sport=x['udp.srcport'], dport=x['udp.dstport'])
        if proto == 1 and not later:
            row.update(sport=x['icmp.type'], dport=x['icmp.code'])
        if proto == 58 and not later:
            row.update(sport=x['icmpv6.type'], dport=x['icmpv6.code'])
        yield row


DUMP = ['ts', 'src', 'dst', 'proto', 'len', 'ttl', 'ipid', 'df', 'mf', 'sport', 'dport', 'flags', 'window', 'seq', 'mss', 'scale']


def ours(tobiguchi, path):
    with tempfile.TemporaryDirectory() as d:
        subprocess.run([tobiguchi, 'telescope', 'import', '--no-places', '--microseconds', '--store', d + '/s', path],
                       stdout=subprocess.DEVNULL)
        if not os.path.exists(d + '/s'):
            return []
        out = subprocess.run([tobiguchi, 'telescope', 'dump', '--store', d + '/s', '--fields', ','.join(DUMP), '--tsv'],
                             stdout=subprocess.PIPE, text=True).stdout
    return [dict(zip(DUMP, line.split('\t'))) for line in out.splitlines()]


def main():
    n = bad = 0
    for path in sys.argv[2:]:
        want = list(tshark(path))
        rows = ours(sys.argv[1], path)
        faults = [] if len(rows) == len(want) else ['%d records, tshark has %d' % (len(rows), len(want))]
        by = collections.defaultdict(list)
        for r in rows:
            by[r['ts'], r['src'], r['dst']].append(r)
        for w in want:
            # Fields that tshark leaves empty (a header cut off) say nothing.
            known = {k: v for k, v in w.items() if v != ''}
            for i, r in enumerate(by[w['ts'], w['src'], w['dst']]):
                if all(r[k] == v for k, v in known.items()):
                    del by[w['ts'], w['src'], w['dst']][i]
                    break
            else:
                faults.append('%r; ours %r' % (w, by[w['ts'], w['src'], w['dst']][:1]))
        n += 1
        bad += bool(faults)
        print('%s %d - %s: %d packets' % ('ok' if not faults else 'not ok', n, os.path.basename(path), len(want)))
        for f in faults[:3]:
            print('# ' + f[:700])
    print('1..%d' % n)
    return bad > 0


if __name__ == '__main__':
    sys.exit(main())
