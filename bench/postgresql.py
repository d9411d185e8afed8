# SPDX-License-Identifier: Apache-2.0
"""A private PostgreSQL server on loopback, as Debian sets one up (synced, autovacuum on)."""
import glob
import os
import subprocess
import time

import measure


def as_user(user):
    return ["setpriv", "--reuid=" + user, "--regid=" + user, "--init-groups"] if os.geteuid() == 0 else []


class PostgreSQL:
    def __init__(self, folder):
        self.bin = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        self.folder, self.port, self.process = folder, measure.free_port(), None
        os.mkdir(folder)
        if os.geteuid() == 0:
            subprocess.run(["chown", "postgres", folder], check=True)
        subprocess.run(as_user("postgres") + [self.bin + "/initdb", "-D", folder + "/data", "-U", "postgres", "-A", "trust",
                                              "-E", "UTF8", "--locale=C.UTF-8"], check=True, stdout=subprocess.DEVNULL,
                       cwd=folder)
        self.log = open(os.path.join(os.path.dirname(folder), "postgresql.log"), "w")
        self.process = subprocess.Popen(as_user("postgres") + [
            self.bin + "/postgres", "-D", folder + "/data", "-k", folder, "-h", "127.0.0.1", "-p", str(self.port),
            "-c", "shared_buffers=128MB"], stdout=self.log, stderr=self.log, cwd=folder)
        while subprocess.run([self.bin + "/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode != 0:
            if self.process.poll() is not None:
                raise SystemExit("PostgreSQL did not start: " + open(self.log.name).read())
            time.sleep(0.1)

    def sql(self, database, text):
        return subprocess.run([self.bin + "/psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-qtAc", text,
                               database], check=True, capture_output=True, text=True).stdout.strip()

    def url(self, database):
        return "postgresql://postgres@127.0.0.1:%d/%s" % (self.port, database)

    def size(self, database):
        """Bytes of its tables and indexes, at rest; the write-ahead log not counted."""
        self.sql(database, "VACUUM")
        self.sql(database, "CHECKPOINT")
        return int(self.sql(database, "SELECT pg_database_size('%s')" % database))

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(2)  # SIGINT: fast shutdown
            self.process.wait(60)
        self.log.close()
