#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The telescope beside nfdump and ClickHouse, on one core, from the same capture.

  bench/telescope.py --generator gen.c [--packets N]    makes a capture of N packets (20,000,000) in 30 days
  bench/telescope.py --capture FILE.pcap

Prints a line a figure: the goal, ours, the peers', the ratio; ends with 1 when a goal is missed. A peer that is not
installed is left out. Times are processor time of the whole process for importing, of opening the store and the question for ours
("open": in a process that has it open already, as the server has); of the
process for nfdump's; wall time of the request, with one thread, for ClickHouse's. The best of three.
"""
import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.join(HERE, '..', 'build')
TOBIGUCHI = os.path.join(BUILD, 'tobiguchi')
missed = []


def cpu(command):
    """Processor seconds and output of a command, on one core."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = subprocess.run(['taskset', '-c', '0', *command] if shutil.which('taskset') else command, check=True, stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, text=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, out


def size_of(folder):
    return sum(os.path.getsize(os.path.join(d, f)) for d, _, files in os.walk(folder) for f in files)


def say(name, goal, ours, unit, peers, more_is_better=False, note=''):
    bad = goal is not None and (ours < goal if more_is_better else ours > goal)
    if bad:
        missed.append(name)
    beside = ''.join('  %s %.3g (%.1f×)' % (who, v, ours / v if more_is_better else v / ours if ours else 0) for who, v in peers.items() if v)
    print('%-34s %9.3g %-9s goal %-7s%s%s%s' % (name, ours, unit, 'none' if goal is None else '%g' % goal, beside, note, '  MISSED' if bad else ''),
          flush=True)


def sizes(store):
    """Bytes a record by column, from the segments' directories (docs/telescope-store.md)."""
    import struct
    rows, by = 0, {}
    for name in os.listdir(store):
        if not name.endswith('.seg'):
            continue
        with open(os.path.join(store, name), 'rb') as f:
            f.seek(-88, 2)
            foot = f.read()
            rows += struct.unpack_from('<L', foot, 24)[0]
            n = struct.unpack_from('<L', foot, 52)[0]
            f.seek(-88 - 16 * n, 2)
            for kind, _, size, _ in struct.iter_unpack('<HHLQ', f.read(16 * n)):
                by[kind] = by.get(kind, 0) + size
    raw = sum(by.get(32 + c, 0) for c in (7, 8, 9))
    return (size_of(store) - raw) / rows, size_of(store) / rows


NFDUMP = {  # what comes nearest
    'top ports': ['-s', 'dstport/packets', '-n', '10', 'proto tcp or proto udp'],
    'top /24': ['-A', 'srcip4/24', '-O', 'packets', '-n', '20'],
    'one source, by port': ['-A', 'dstport', '-O', 'packets', 'src ip %s'],
}
CLICKHOUSE = {
    'top ports': ['--group-by', 'port', '--top', '10'],
    'hours of a port, from rows': ['--group-by', 'hour', '--where', 'tcp dport 23'],
    'sources a day of a port': ['--group-by', 'day', '--measure', 'sources', '--where', 'tcp dport 23'],
    'top /24': ['--group-by', 'net', '--top', '20'],
    'one source, by day': ['--group-by', 'day', '--where', 'src %s'],
    'one source, by port': ['--group-by', 'port', '--where', 'src %s'],
    'countries': ['--group-by', 'country', '--top', '10'],
}


def nfdump(folder, pcap, source):
    """Seconds of importing, bytes, and milliseconds of each question."""
    if not shutil.which('nfpcapd') or not shutil.which('nfdump'):
        return None, None, {}
    flows = os.path.join(folder, 'flows')
    os.mkdir(flows)
    seconds, _ = cpu(['nfpcapd', '-r', pcap, '-w', flows, '-t', '86400', '-y'])
    times = {}
    for name, options in NFDUMP.items():
        command = ['nfdump', '-q', '-R', flows, *[o.replace('%s', source) for o in options]]
        times[name] = min(cpu(command)[0] for _ in range(2)) * 1000
    return seconds, size_of(flows), times


def clickhouse(folder, store, source):
    if not shutil.which('clickhouse-server'):
        return None, {}
    tool = os.path.join(HERE, '..', 'tests', 'tools', 'clickhouse.bash')
    data = os.path.join(folder, 'clickhouse')
    url, pid = subprocess.run(['bash', '-c', '. "$0"; clickhouse_start "$1" >&2 && echo $clickhouse $clickhouse_pid', tool, data], check=True,
                              stdout=subprocess.PIPE, text=True).stdout.split()
    times = {}
    try:
        cpu([TOBIGUCHI, 'telescope', 'load', '--store', store, '--clickhouse', url])
        for name, options in CLICKHOUSE.items():
            command = [TOBIGUCHI, 'telescope', 'query', '--clickhouse', url, '--json', *[o.replace('%s', source) for o in options]]
            times[name] = min(json.loads(cpu(command)[1])['microseconds'] for _ in range(3)) / 1000
        return size_of(os.path.join(data, 'data')), times
    finally:
        subprocess.run(['kill', pid], check=False)


def main():
    p = argparse.ArgumentParser(allow_abbrev=False)
    p.add_argument('--generator', '--telescope-generator')
    p.add_argument('--capture', '--telescope-capture')
    p.add_argument('--packets', '--telescope-packets', type=int, default=20000000)
    args, _ = p.parse_known_args()
    if not args.generator and not args.capture:
        p.error('give --telescope-generator gen.c or --telescope-capture FILE.pcap')
    with tempfile.TemporaryDirectory(prefix='tobiguchi-bench-') as folder:
        pcap = args.capture
        if not pcap:
            pcap, gen = os.path.join(folder, 'scan.pcap'), os.path.join(folder, 'gen')
            subprocess.run(['cc', '-O2', '-o', gen, args.generator, '-lm'], check=True)
            subprocess.run([gen, '-n', str(args.packets), '-d', '30', '-s', '42', '-o', pcap, '-T', os.path.join(folder, 'truth')], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        store = os.path.join(folder, 'store')
        best = 1e9
        for _ in range(3):
            shutil.rmtree(store, ignore_errors=True)
            seconds, out = cpu([TOBIGUCHI, 'telescope', 'import', '--no-places', '--json', '--store', store, pcap])
            best = min(best, seconds)
        records = json.loads(out)['records']
        core, all_ = sizes(store)
        lines = subprocess.run([os.path.join(BUILD, 'bench', 'bench_telescope'), store], check=True, stdout=subprocess.PIPE, text=True).stdout
        source = json.loads(cpu([TOBIGUCHI, 'telescope', 'query', '--store', store, '--json', '--group-by', 'source', '--top', '3000'])[1])
        source = source['items'][len(source['items']) // 2]['source']
        nf_seconds, nf_bytes, nf = nfdump(folder, pcap, source)
        ch_bytes, ch = clickhouse(folder, store, source)
        print('%d packets, load %.1f' % (records, os.getloadavg()[0]))
        say('import, M packets a second', 5, records / best / 1e6, 'M/s', {'nfpcapd': nf_seconds and records / nf_seconds / 1e6}, True)
        say('bytes a record, all', 10.9, all_, 'B',
            {'nfdump': nf_bytes and nf_bytes / records, 'clickhouse': ch_bytes and ch_bytes / records})
        say('bytes a record, core', 6.7, core, 'B', {})
        for line in lines.splitlines():
            name, rest = line[:36].strip(), line[36:].split()
            goal = float(line.split('(goal ')[1].split()[0]) if '(goal ' in line else None
            say(name, goal, float(rest[0]), 'ms', {'nfdump': nf.get(name), 'clickhouse': ch.get(name)}, note='  open %s' % rest[2])
    return 1 if missed else 0


if __name__ == '__main__':
    sys.exit(main())
