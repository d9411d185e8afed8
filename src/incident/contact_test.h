/* SPDX-License-Identifier: Apache-2.0 */
/*
 * contact_test.h - 疎通確認: does a contact of the directory still work?
 *
 * A short mail with a link asks to press one button; the link is for one answer
 * and one contact, and only its hash is kept. An answer by mail counts as well.
 * A phone contact is tested by a person, who enters the result. Nothing is sent
 * without a person having begun it or set the contact's schedule.
 */
#ifndef INCIDENT_CONTACT_TEST_H
#define INCIDENT_CONTACT_TEST_H

#include "base/zone.h"

struct arena;

#define CONTACT_TEST_SILENT_DAYS 7 /* no answer by then: "silent" */
#define CONTACT_TEST_LINK_DAYS 60  /* a late answer is still taken */

struct contact_test_mail {
	enum lang lang;
	const char *team;	  /* our name in that language */
	const char *organisation; /* whose contact it is */
	const char *link;
};
void contact_test_text(struct arena *a, const struct contact_test_mail *m, const char **ret_subject,
    const char **ret_text);

#endif
