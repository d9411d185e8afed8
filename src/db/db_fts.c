/* SPDX-License-Identifier: Apache-2.0 */
/* db_fts.c - full text: follows when text/tokens.c is there. */
#include "db/db_priv.h"

enum err
db_fts_register(struct sqlite3 *h)
{
	(void)h;
	return OK;
}

enum err
db_fts_create(struct db *db)
{
	(void)db;
	return OK;
}

enum err
db_fts_maintain(struct db *db)
{
	(void)db;
	return OK;
}
