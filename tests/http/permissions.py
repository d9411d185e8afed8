#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Walk every route of /api/openapi.json as nobody, as each role and with a
token of scope "read"; fail where the answer is not what the table says.

  permissions.py BASE PASSWORD READ_TOKEN

The table is written down here a second time on purpose: a change of who may do
what must be made in two places, knowingly.
"""
import http.client
import json
import re
import sys
import urllib.parse

READS = {'report.read', 'incident.read', 'statistics', 'directory.read', 'telescope.read'}
HANDLES = READS | {'report.edit', 'incident.edit', 'send', 'attachment', 'directory.edit', 'intake'}
MAY = {
    'nobody': set(),
    'admin': HANDLES | {'journal', 'admin', 'telescope.edit'},
    'manager': HANDLES | {'journal', 'telescope.edit'},
    'handler': HANDLES,
    'coordinator': READS,
    'author': READS,
    'analyst': READS | {'attachment', 'telescope.edit'},
    'auditor': READS | {'attachment', 'journal'},
}
READ_TOKEN = READS | {'journal', 'signed-in', 'public'}


class Client:
    def __init__(self, base):
        self.at = urllib.parse.urlsplit(base)
        self.connection = None

    def ask(self, method, path, headers, body=None):
        for attempt in (1, 2):
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPConnection(self.at.hostname, self.at.port, timeout=60)
                self.connection.request(method, path, body, dict(headers, Accept='application/json'))
                answer = self.connection.getresponse()
                return answer.status, answer.read(), answer.headers
            except (http.client.HTTPException, OSError):
                self.connection = None
                if attempt == 2:
                    raise


def sign_in(client, role, password):
    form = urllib.parse.urlencode({'email': role + '@example.jp', 'password': password})
    status, body, headers = client.ask(
        'POST', '/sign-in', {'Content-Type': 'application/x-www-form-urlencoded'}, form)
    cookie = next(c.split(';')[0] for c in headers.get_all('Set-Cookie') if c.startswith('session='))
    answer = client.connection
    answer.request('GET', '/me', headers={'Cookie': cookie})
    page = answer.getresponse().read().decode()
    return cookie, re.search(r'name="csrf" value="([^"]+)"', page).group(1)


def expected(perms, perm, signed_in):
    if perm == 'public':
        return None
    if perm == 'token':
        return None if signed_in else 403
    if perm == 'recipient':
        return 401
    if not signed_in:
        return 401
    return None if perm == 'signed-in' or perm in perms else 403


def main():
    base, password, read_token = sys.argv[1:]
    client = Client(base)
    paths = json.loads(client.ask('GET', '/api/openapi.json', {})[1])['paths']
    # /metrics is open by a setting only: bounds.bats; /exchange to the tokens of recipients: exchange.bats.
    special = {'/metrics': 'token', '/exchange': 'recipient', '/exchange/{day}': 'recipient'}
    routes = sorted((path, method.upper(), special.get(path, op['x-permission']))
                    for path, ops in paths.items() for method, op in ops.items())
    faults, checks = [], 0

    def check(who, method, path, perm, status, want):
        nonlocal checks
        checks += 1
        if perm not in ('public', 'signed-in', 'token', 'recipient') and not any(perm in p for p in MAY.values()):
            faults.append(f'{method} {path}: nobody has {perm}')
        if status >= 500 and status != 503:
            faults.append(f'{who}: {method} {path} gave {status}')
        elif want is None and status in (401, 403):
            faults.append(f'{who}: {method} {path} ({perm}) gave {status}, is allowed')
        elif want is not None and status != want:
            faults.append(f'{who}: {method} {path} ({perm}) gave {status}, not {want}')

    def fill(path):
        return re.sub(r'\{[^}]+\}', '0', path)

    form = {'Content-Type': 'application/x-www-form-urlencoded'}
    for who, perms in MAY.items():
        headers, csrf = {}, ''
        if who != 'nobody':
            cookie, csrf = sign_in(client, who, password)
            headers = {'Cookie': cookie}
        # Signing out comes last.
        for path, method, perm in sorted(routes, key=lambda r: r[0] == '/sign-out'):
            want = expected(perms, perm, who != 'nobody')
            if method == 'GET':
                check(who, method, path, perm, client.ask('GET', fill(path), headers)[0], want)
                continue
            if path in ('/sign-in', '/preferences') and who != 'nobody':
                continue  # tried above; would change who we are
            if who != 'nobody' and not path.startswith(('/intake', '/telescope/batches', '/telescope/enrol')):
                # Without the form's token nothing is done, whoever asks.
                check(who, method, path, perm, client.ask(method, fill(path), dict(headers, **form), '')[0], 403)
            body = urllib.parse.urlencode({'csrf': csrf})
            check(who, method, path, perm, client.ask(method, fill(path), dict(headers, **form), body)[0], want)

    bearer = {'Authorization': 'Bearer ' + read_token}
    for path, method, perm in routes:
        want = None if perm in ('public', 'token') or (method == 'GET' and perm in READ_TOKEN) else 401 if perm == 'recipient' else 403
        status = client.ask(method, fill(path), dict(bearer, **form), None if method == 'GET' else '')[0]
        check('read token', method, path, perm, status, want)

    for fault in faults:
        print(fault)
    print(f'{len(routes)} routes, {checks} requests, {len(faults)} faults')
    return 1 if faults or len(routes) < 20 else 0


if __name__ == '__main__':
    sys.exit(main())
