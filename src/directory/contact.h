/* SPDX-License-Identifier: Apache-2.0 */
/* contact.h - a way to reach an organisation: a person, or a mailbox that a
 * function answers. */
#ifndef DIRECTORY_CONTACT_H
#define DIRECTORY_CONTACT_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "base/word.h"

/* Stored names with English msgids. */
extern const struct word contact_purposes[];
extern const struct word contact_sources[];
extern const struct word contact_test_results[];

struct contact {
	int64_t id, organisation_id;
	const char *purpose;
	const char *name, *kana, *romaji, *title; /* or NULL */
	const char *email, *phone, *fax, *url;	  /* or NULL */
	const char *lang, *hours;		  /* or NULL */
	int64_t key_id;				  /* pgp_key; 0 = none */
	const char *smime;			  /* PEM or NULL */
	int64_t smime_expires_at;
	const char *source;
	int64_t source_at, verified_at, valid_until;
	int64_t test_days, test_due_at, read_at;
	int64_t tested_at;
	const char *test_result; /* of the last test, or NULL */
	int64_t asked, answered, answer_ms, bounces;
	bool do_not_contact;
	const char *note;
	int64_t position, removed_at, version;
};

/* The person's name (English readers: in Latin letters when known), else the
 * mailbox, the form, the number. */
const char *contact_shown(const struct contact *c, bool english);

/* "soc@example.jp": plainly a mail address. */
bool contact_email_valid(struct str s);

#endif
