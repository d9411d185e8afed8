/* SPDX-License-Identifier: Apache-2.0 */
/*
 * demonstration.h - teams that the sources of this program name (2007 and
 * before), to look at and to try out with. Only names, countries and communities
 * are theirs; the addresses are made up, under a domain that cannot exist. All
 * are marked as historical, so nobody ever writes to them.
 */
#ifndef DIRECTORY_DEMONSTRATION_H
#define DIRECTORY_DEMONSTRATION_H

#include <stddef.h>

struct demonstration {
	const char *name, *name_en, *kana; /* the last two may be NULL */
	const char *kind, *cc, *sector;	   /* cc and sector may be NULL */
	const char *local;		   /* of the made-up address; NULL: none */
	const char *communities;	   /* "FIRST", "APCERT": with commas between, a role behind ":" */
	const char *flows;		   /* between us and it; NULL: no relation noted */
	const char *note;		   /* or NULL */
};
extern const struct demonstration demonstration_list[]; /* communities first */
extern const size_t demonstration_count;

#endif
