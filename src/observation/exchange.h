/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exchange.h - the daily exchange: each day's packets of a country's addresses go
 * to the CSIRT that is responsible for that country. Pure: words, names, and why
 * something may not leave.
 *
 * Each packet is told by five things (telescope/iodef.h); the address of the sensor
 * that saw it is never among them.
 */
#ifndef OBSERVATION_EXCHANGE_H
#define OBSERVATION_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/word.h"
#include "base/zone.h"
#include "directory/tlp.h"
#include "telescope/iodef.h"

struct arena;

extern const struct word exchange_forms[];    /* iodef2 iodef1 csv */
extern const struct word exchange_channels[]; /* mail fetch */
extern const struct word exchange_labels[];   /* GREEN AMBER AMBER+STRICT */

#define EXCHANGE_EVERYWHERE "AA"     /* for partners who want the sources of all countries */
#define EXCHANGE_DAYS_BACK 7	     /* days that are made up for after a standstill */
#define EXCHANGE_KEEP_DAYS 60	     /* files are kept as long; what was done, for ever */

enum iodef_form exchange_form(const char *form);
/* "20260901-KR.xml" */
const char *exchange_file_name(struct arena *a, int64_t day, const char *country, const char *form);
const char *exchange_media_type(const char *form);
/* "2026-09-01" and back; ERR_INVALID. */
const char *exchange_day_text(struct arena *a, int64_t day);
MUST_USE enum err exchange_day_parse(struct str text, int64_t *ret);
/* The newest day (since 1970) that is made at ${now} when days are made from
 * ${hour} o'clock UTC on. */
int64_t exchange_newest(int64_t now, int64_t hour);

/* How a day stands for a recipient. */
enum exchange_state {
	EXCHANGE_NONE, EXCHANGE_WAITING, EXCHANGE_READY, EXCHANGE_SENT, EXCHANGE_FETCHED, EXCHANGE_EMPTY, EXCHANGE_FAILED,
	EXCHANGE_STATES,
};
extern const struct exchange_state_word {
	const char *name, *label, *look; /* label: msgid of the context "exchange"; look: late soon good none */
} exchange_state_words[EXCHANGE_STATES];
/* Of the columns exchange_file.state, message.state and whether it was fetched. */
enum exchange_state exchange_state_of(const char *file, const char *message, bool fetched);

struct exchange_check {
	const char *channel;
	const char *tlp, *max_tlp; /* label of the file; what the directory allows */
	bool removed;		   /* the organisation is not in the directory any more */
	const char *email;	   /* of the contact; NULL: it has none that may be written to */
	bool encrypt, has_key;
	bool has_token;
};
/* NULL, or an English msgid: why nothing may go to it, and what now. */
const char *exchange_obstacle(const struct exchange_check *c);

struct exchange_mail {
	enum lang lang;
	const char *team, *organisation;
	const char *country; /* its name; NULL: of all */
	int64_t day, records, events;
	const char *file;
};
void exchange_mail_text(struct arena *a, const struct exchange_mail *m, const char **ret_subject, const char **ret_text);

#endif
