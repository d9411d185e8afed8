/* SPDX-License-Identifier: Apache-2.0 */
/* db_postgresql.c - the PostgreSQL back end. */
#include "db/db_priv.h"

enum err
db_postgresql_open(const char *url, bool read_only, struct db **ret)
{
	(void)url;
	(void)read_only;
	(void)ret;
	return ERR_UNAVAILABLE; /* not written yet */
}
