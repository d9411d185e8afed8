/* SPDX-License-Identifier: Apache-2.0 */
/*
 * category.h - what kind of incident it is, in three vocabularies.
 *
 * The stored key is the pair of class and type of the Reference Security
 * Incident Taxonomy, version 1003 (enisaeu, CC0): "fraud/phishing".  The two
 * reporting vocabularies of JPCERT/CC follow from it, unless a person says
 * otherwise.
 */
#ifndef INCIDENT_CATEGORY_H
#define INCIDENT_CATEGORY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/zone.h"

#define CATEGORY_RSIT_VERSION "1003"

struct category {
	const char *rsit;     /* "fraud/phishing" */
	const char *en, *ja;  /* the type's name */
	const char *class_en, *class_ja;
	const char *now;      /* key of the present vocabulary, without flags */
	const char *of_2007;  /* key of the vocabulary of 2007 */
	bool content;	      /* "defacement" when web content was changed */
	bool counted;	      /* false for tests: never in statistics */
};

/* All of them, in the taxonomy's order. */
extern const struct category category_list[];
extern const size_t category_count;

/* NULL when there is none. */
const struct category *category_find(const char *rsit);
/* The type's name; the key itself when it is unknown. */
const char *category_label(enum lang l, const char *rsit);

struct category_labels {
	const char *now, *of_2007;
};

/*
 * Two cells of the mapping name a condition instead of a first label, and the
 * flag is that condition: an unauthorised modification is a defacement only
 * with ${content_changed}; social engineering is "targeted" as it stands.
 * Precedence: control systems, targeted, web content changed (where the type
 * allows it), then the type's own first label.  Unknown types are "other".
 */
struct category_labels category_derive(
    const char *rsit, bool ics, bool targeted, bool content_changed);

/* Keys: phishing defacement malware scan dos ics targeted other; NULL-ended. */
extern const char *const category_now_keys[];
/* Keys: scan abuse forged intrusion dos other; NULL-ended. */
extern const char *const category_2007_keys[];
/* Names of those keys; an unknown key gives itself. */
const char *category_now_label(enum lang l, const char *key);
const char *category_2007_label(enum lang l, const char *key);

/* What a door of the report form (report_doors) proposes. */
struct category_preset {
	const char *rsit;
	bool ics, targeted, content_changed;
};
struct category_preset category_of_door(const char *door);

#endif
