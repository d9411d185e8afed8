/* SPDX-License-Identifier: Apache-2.0 */
/*
 * setting.h - what an administrator decides; the defaults and their meaning
 * are one table (setting.c).
 *
 * Keys:
 *	team.name.ja team.name.en	the team's name
 *	team.email			the address mail is sent from and answered to
 *	team.phone team.address		for letters and the public pages; may be empty
 *	team.country			"JP": own country, ISO 3166
 *	team.zone			"Asia/Tokyo"
 *	team.url			the server's address as others reach it (base_url)
 *	about.mission.ja about.mission.en … constituency affiliation authority
 *	services policy privacy: texts of the public page about the team
 *	hours.open hours.close		"09:30" "17:30", in team.zone
 *	hours.year_end_closed		29 December to 3 January
 *	report.answer_days		business days until the first answer
 *	mail.acknowledge		answer every report at once
 *	mail.acknowledge_address mail.acknowledge_all: at most so many an hour
 *	mail.hold_seconds		a mail can be taken back for so long
 *	mail.silence_days		business days until a thread is "no answer"
 *	mail.signature.ja mail.signature.en
 *	smtp.url smtp.tls smtp.user smtp.password
 *	imap.url imap.user imap.password imap.folder imap.poll_seconds
 *	mail.server_seconds		how long either may be silent
 *	notify.silence_direct …_isp …_registrar …_csirt …_community: hours
 *	notify.reminders notify.link_days notify.owner_wait: letters about sites
 *	retention.KIND			days until it is erased (team/retention.h); 0 = kept
 *	rules.live			routing rules work at intake
 *	metrics.local			/metrics without a token, from this machine
 *	telescope.seal_minutes telescope.payload	how the collector stores packets
 *	telescope.keep_raw_days telescope.keep_days	how long
 *	telescope.clickhouse telescope.clickhouse_password	a copy of them
 *	lookup.reach lookup.whois lookup.rdap lookup.security_txt lookup.wkd lookup.resolver
 *	lookup.ca_file lookup.seconds lookup.keep_hours lookup.server_hour
 *					whom contact finding may ask (directory/lookup.h)
 *	feed.kev feed.epss feed.cve feed.hours	lists about vulnerabilities by their address
 *	pgp.key				fingerprint of the key that signs; empty = none
 */
#ifndef AUTH_SETTING_H
#define AUTH_SETTING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "text/value.h"

struct arena;
struct db;

enum setting_type {
	SETTING_LINE,	/* one line of text, ${max} characters */
	SETTING_TEXT,	/* several lines */
	SETTING_BOOL,	/* "0" or "1" */
	SETTING_INT,	/* ${min}..${max} */
	SETTING_TIME,	/* "09:30" */
	SETTING_CHOICE, /* one of ${choices} */
	SETTING_EMAIL,
	SETTING_ZONE,	/* IANA name */
	SETTING_URL,	/* begins with one of ${choices} */
	SETTING_SECRET, /* stored encrypted, never shown again */
};
struct setting {
	const char *key;
	enum setting_type type;
	const char *fallback; /* when nobody set it */
	int64_t min, max;
	const char *choices;  /* separated by blanks */
	const char *label;    /* msgid */
	const char *doc;      /* msgid: one sentence, what it does */
};
/* The table; ends with a NULL key. */
extern const struct setting setting_table[];
const struct setting *setting_find(struct str key); /* NULL: there is none */

/* The value or its default; never NULL. ${key} must be in the table. When the
 * database fails this is the default; the caller's next statement tells. */
const char *setting_text(struct db *db, struct arena *a, const char *key);
int64_t setting_int(struct db *db, const char *key);
bool setting_bool(struct db *db, const char *key);
/* Minutes of the day of a SETTING_TIME. */
int32_t setting_minutes(struct db *db, const char *key);
/* A secret's plain text, "" when unset. ERR_INVALID: encrypted with another
 * DATA/secret.key. ${secret_key}: its 32 bytes. */
MUST_USE enum err setting_secret(struct db *db, struct arena *a, const unsigned char secret_key[32], const char *key, const char **ret);

/* NULL when ${value} may be stored, else an English msgid with {value} as the
 * place of what is allowed, which then is in ${*ret_allowed} (may be NULL). */
const char *setting_fault(struct arena *a, const struct setting *s, struct str value, const char **ret_allowed);
/* Store; an empty secret removes it. ERR_INVALID as setting_fault(),
 * ERR_NOT_FOUND for a key that is not in the table. The caller journals it
 * (never a secret's value). */
MUST_USE enum err setting_set(struct db *db, struct arena *a, const unsigned char secret_key[32], struct str key, struct str value);
/* Back to the default. */
MUST_USE enum err setting_reset(struct db *db, struct str key);

/* For /admin: list of {key, type, label, doc, value, set, choices}; a secret's
 * value is empty, "set" tells whether there is one. */
MUST_USE enum err setting_list(struct db *db, struct arena *a, struct value **ret);

#endif
