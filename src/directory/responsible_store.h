/* SPDX-License-Identifier: Apache-2.0 */
/*
 * responsible_store.h - the table of responsible.h as the database has it.
 *
 * One for the whole process. Who takes it keeps it, unchanged, until it gives it
 * back, also when the directory changes meanwhile.
 *
 *	const struct responsible *r;
 *	TRY(responsible_take(db, &r));
 *	…
 *	responsible_give(r);
 */
#ifndef DIRECTORY_RESPONSIBLE_STORE_H
#define DIRECTORY_RESPONSIBLE_STORE_H

#include "directory/responsible.h"

struct db;

/* As of ${db}'s present transaction; read anew only when the directory changed. */
MUST_USE enum err responsible_take(struct db *db, const struct responsible **ret);
void responsible_give(const struct responsible *r);

#endif
