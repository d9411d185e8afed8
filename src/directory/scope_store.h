/* SPDX-License-Identifier: Apache-2.0 */
/* scope_store.h - scopes in the database; journalled on their organisation. */
#ifndef DIRECTORY_SCOPE_STORE_H
#define DIRECTORY_SCOPE_STORE_H

#include "directory/organisation_store.h"
#include "directory/scope.h"

MUST_USE enum err scope_list(struct db *db, struct arena *a, int64_t organisation, struct scope **ret, size_t *ret_n);
/* ${s}->value is canonical (scope_canonical()). One that is there already is OK
 * and writes nothing. */
MUST_USE enum err scope_add(struct db *db, struct arena *a, const struct scope *s, struct actor by);
MUST_USE enum err scope_remove(struct db *db, struct arena *a, const struct scope *s, struct actor by);

#endif
