/* SPDX-License-Identifier: Apache-2.0 */
/* demonstration_store.h - the demonstration set into the directory. */
#ifndef DIRECTORY_DEMONSTRATION_STORE_H
#define DIRECTORY_DEMONSTRATION_STORE_H

#include "directory/listing_store.h"

/* What is there by its name stays as it is. */
MUST_USE enum err demonstration_load(struct db *db, struct arena *a, struct actor by, struct listing_result *ret);

#endif
