#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""embed_migrations.py OUT FILE... - the migrations as a C table."""
import hashlib
import os
import sys

out = ['#include "db/db_priv.h"', "", "const struct db_migration db_migrations[] = {"]
files = sorted(sys.argv[2:], key=os.path.basename)
for position, path in enumerate(files, 1):
    with open(path, "rb") as f:
        text = f.read()
    number, name = os.path.basename(path).removesuffix(".sql").split("_", 1)
    if int(number) != position:
        sys.exit(f"{path}: migrations are numbered without gaps; expected {position:04}")
    digest = hashlib.sha256(text).hexdigest()
    out.append(f'\t{{ {int(number)}, "{name}", "{digest}",')
    for line in text.decode("utf-8").splitlines():
        line = line.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
        out.append(f'\t    "{line}\\n"')
    out.append("\t},")
out += ["};", f"const int db_migrations_count = {len(files)};", ""]
with open(sys.argv[1], "w", encoding="utf-8") as f:
    f.write("\n".join(out))
