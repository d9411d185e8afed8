# SPDX-License-Identifier: Apache-2.0
"""What tools/extract-messages and tools/check-messages share."""
import glob
import os
import re
import subprocess

# C function or macro -> argument of the context, the message, the plural.
CALLS = {
    'N_': (None, 0, None),
    'NC_': (0, 1, None),
    'i18n': (1, 2, None),
    'i18n_plural': (1, 2, 3),
    'web_tr': (1, 2, None),
    'web_trf': (1, 2, None),
    'web_page': (None, 2, None),
    'web_again': (None, 2, None),
    'web_problem': (None, 2, None),
    'web_redirect': (None, 2, None),
    'web_created': (None, 2, None),
    'problems_add': (None, 2, None),
}

C_TOKEN = re.compile(r'''
    (?P<comment> /\*.*?\*/ | //[^\n]* )
  | (?P<string> (?:u8|L)?"(?:\\.|[^"\\\n])*" )
  | (?P<char> '(?:\\.|[^'\\\n])+' )
  | (?P<word> [A-Za-z_][A-Za-z0-9_]* )
  | (?P<other> . )''', re.X | re.S)
ESCAPES = {'n': '\n', 't': '\t', 'r': '\r'}


def unquote(text):
    out = bytearray()
    for octal, hexa, char, plain in re.findall(
            r'\\([0-7]{1,3})|\\x([0-9a-fA-F]{1,2})|\\(.)|([^\\]+)', text[text.index('"') + 1:-1],
            re.S):
        if octal:
            out.append(int(octal, 8))
        elif hexa:
            out.append(int(hexa, 16))
        else:
            out += (plain or ESCAPES.get(char, char)).encode()
    return out.decode()


def c_messages(text):
    """Yields (line, context, message, plural) of each call in CALLS."""
    tokens = []
    for m in C_TOKEN.finditer(text):
        kind = m.lastgroup
        if kind == 'comment' or (kind == 'other' and m.group().isspace()):
            continue
        tokens.append((kind, m.group(), m.start()))
    for i, (kind, name, at) in enumerate(tokens):
        if kind != 'word' or name not in CALLS or i + 1 >= len(tokens) or \
                tokens[i + 1][1] != '(':
            continue
        args, depth = [[]], 0
        for token in tokens[i + 1:]:
            if token[1] in '([{' and token[0] == 'other':
                depth += 1
                if depth == 1:
                    continue
            elif token[1] in ')]}' and token[0] == 'other':
                depth -= 1
                if depth == 0:
                    break
            elif token[1] == ',' and depth == 1:
                args.append([])
                continue
            args[-1].append(token)

        def literal(index):
            if index is None or index >= len(args) or not args[index] or \
                    any(t[0] != 'string' for t in args[index]):
                return None
            return ''.join(unquote(t[1]) for t in args[index])

        context, message, plural = (literal(index) for index in CALLS[name])
        if message:
            yield text.count('\n', 0, at) + 1, context, message, plural


PLACE = re.compile(r'\{[A-Za-z_][A-Za-z0-9_.]*\}')


def template_messages(text):
    """The same of a template, by the rules of src/text/mustache_compile.c."""
    at = 0
    while (at := text.find('{{', at)) >= 0:
        line = text.count('\n', 0, at) + 1
        at += 2
        head = re.match(r'_(?:(n)\s|(\s)|([A-Za-z0-9_-]+)\|)', text[at:])
        if head is None:
            end = text.find('}}', at)
            at = len(text) if end < 0 else end + 2
            continue
        end = at
        while end < len(text) and not text.startswith('}}', end):
            place = PLACE.match(text, end)
            end = place.end() if place else end + 1
        body = text[at + head.end():end]
        at = end + 2
        if head.group(1):
            parts = body.split('|', 2)
            if len(parts) == 3:
                yield (line, None, ' '.join(parts[1].split()), ' '.join(parts[2].split()))
            continue
        yield line, head.group(3), ' '.join(body.split()), None


def collect(top):
    """{(context, message): (plural, [place, …])}"""
    found = {}

    def add(path, rows):
        for line, context, message, plural in rows:
            old_plural, places = found.get((context, message), (None, []))
            places.append('%s:%d' % (os.path.relpath(path, top), line))
            found[context, message] = (plural or old_plural, places)

    # The unit test of the catalogues has two messages of its own.
    for path in sorted(glob.glob(os.path.join(top, 'src', '**', '*.[ch]'), recursive=True)) + \
            [os.path.join(top, 'tests', 'unit', 'test_text.c')]:
        with open(path, encoding='utf-8') as f:
            add(path, c_messages(f.read()))
    for path in sorted(glob.glob(os.path.join(top, 'templates', '**', '*.mustache'),
                                 recursive=True)):
        with open(path, encoding='utf-8') as f:
            add(path, template_messages(f.read()))
    return found


class Entry:
    def __init__(self):
        self.context = self.message = self.plural = None
        self.translations = []
        self.fuzzy = self.old = False


def read_po(path):
    """The entries of one .po file, its header left out."""
    text = subprocess.run(['msgcat', '--no-wrap', '--force-po', path], check=True,
                          stdout=subprocess.PIPE).stdout.decode()
    entries, entry, last = [], Entry(), None
    for line in text.splitlines() + ['']:
        if not line.strip():
            if entry.message:
                entries.append(entry)
            entry, last = Entry(), None
            continue
        if line.startswith('#,') and 'fuzzy' in line:
            entry.fuzzy = True
        if line.startswith('#~'):
            entry.old = True
            line = line[2:].strip()
        if line.startswith('#'):
            continue
        m = re.match(r'(msgctxt|msgid|msgid_plural|msgstr(?:\[\d+\])?)?\s*(".*")$', line)
        if m is None:
            continue
        part = unquote(m.group(2))
        last = m.group(1) or last
        if last == 'msgctxt':
            entry.context = (entry.context or '') + part
        elif last == 'msgid':
            entry.message = (entry.message or '') + part
        elif last == 'msgid_plural':
            entry.plural = (entry.plural or '') + part
        elif m.group(1):
            entry.translations.append(part)
        else:
            entry.translations[-1] += part
    return entries


def places(text):
    return sorted(set(PLACE.findall(text)))
