#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""telescope_crash.py TOBIGUCHI STORE CAPTURE RECORDS TIMES

Imports the capture again and again into a copy of the store, and each time kills the import
at another of its system calls that change files (with ptrace, through strace where it is), or,
without that, after another span of time. Then what was written last is torn: the newest file is
cut, as a disk would that lost power. The store must hold the records once or twice: whole commits.
"""
import os
import random
import shutil
import subprocess
import sys

CALLS = 'openat,write,fsync,fdatasync,rename,renameat2,unlink,close'


def records(tobiguchi, store):
    out = subprocess.run([tobiguchi, 'telescope', 'dump', '--store', store, '--tsv'], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return out.returncode, out.stdout.count(b'\n')


def tear(store, rng):
    """Cut a file that no finished commit names."""
    manifest = open(store + '/MANIFEST', 'rb').read()
    kept = manifest[:manifest.rfind(b'\n') + 1]
    for name in os.listdir(store):
        base = name.rsplit('.', 1)[0].encode()
        if name.endswith(('.tmp', '.seg')) and b'+' + base + b' ' not in kept:
            path = store + '/' + name
            os.truncate(path, rng.randrange(os.path.getsize(path) + 1))
    if rng.randrange(2) and len(manifest) > len(kept):
        os.truncate(store + '/MANIFEST', rng.randrange(len(kept), len(manifest)))


def main():
    tobiguchi, clean, capture, once, times = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
    rng = random.Random(7)
    strace = shutil.which('strace')
    seen = {1: 0, 2: 0}
    for i in range(times):
        store = clean + '.crash'
        shutil.rmtree(store, ignore_errors=True)
        shutil.copytree(clean, store)
        command = [tobiguchi, 'telescope', 'import', '--again', '--no-places', '--store', store, capture]
        if strace:
            command = [strace, '-f', '-qq', '-o', '/dev/null', '-e', 'trace=' + CALLS,
                       '-e', 'inject=%s:signal=KILL:when=%d' % (rng.choice(CALLS.split(',')), 1 + i % 25)] + command
            subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        else:
            p = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                p.wait(timeout=0.001 + 0.25 * rng.random() ** 2)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()
        tear(store, rng)
        for after in ('as it is', 'when the next one wrote'):
            code, n = records(tobiguchi, store)
            if code != 0 or n not in (once, 2 * once):
                print('after kill %d, %s: exit %d, %d records, not %d or %d' % (i, after, code, n, once, 2 * once))
                return 1
            if after == 'as it is':
                seen[n // once] += 1
                before = n
                subprocess.run([tobiguchi, 'telescope', 'import', '--again', '--no-places', '--store', store, '/dev/null'],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            elif n != before or any(f.endswith('.tmp') for f in os.listdir(store)):
                print('after kill %d: the next writer changed what was there' % i)
                return 1
    print('%d kills: %d times nothing of it, %d times all' % (times, seen[1], seen[2]))
    return 0


if __name__ == '__main__':
    sys.exit(main())
