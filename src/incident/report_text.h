/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report_text.h - the report form as plain text, for a mail or a FAX.
 *
 * The classic way to report to a CSIRT: take the template, fill in what you
 * know, send it.  Reading back is tolerant: quoted ("> "), with full-width
 * colons and digits, in any order, with hints and numbers before the labels,
 * in Japanese or English, with lines of one's own between.
 */
#ifndef INCIDENT_REPORT_TEXT_H
#define INCIDENT_REPORT_TEXT_H

#include "base/err.h"
#include "base/str.h"
#include "base/zone.h"

struct arena;

enum report_text_field {
	REPORT_TEXT_NAME,
	REPORT_TEXT_ORG,
	REPORT_TEXT_ROLE,
	REPORT_TEXT_EMAIL,
	REPORT_TEXT_PHONE,
	REPORT_TEXT_PURPOSE,
	REPORT_TEXT_CATEGORY,
	REPORT_TEXT_FOUND_AT,	  /* 発見日時 */
	REPORT_TEXT_FOUND_WHERE,  /* 発見場所 */
	REPORT_TEXT_FOUND_ON,	  /* 発見した機器、システム、アプリ等 */
	REPORT_TEXT_FOUND_BY,	  /* 発見者 */
	REPORT_TEXT_COURSE,	  /* 経緯や現象 */
	REPORT_TEXT_WHY,	  /* なぜ異常だと思ったのか */
	REPORT_TEXT_ZONE,
	REPORT_TEXT_START,
	REPORT_TEXT_END,
	REPORT_TEXT_CLOCK_ERROR,
	REPORT_TEXT_SOURCE,
	REPORT_TEXT_DESTINATION,
	REPORT_TEXT_TLP,
	REPORT_TEXT_PASS_NAME,	  /* may we pass your name on? */
	REPORT_TEXT_LOGS,	  /* last: everything behind it belongs to it */
	REPORT_TEXT_FIELDS,
};

/* A stable name: "found_at". */
const char *report_text_key(enum report_text_field field);
/* The label that stands in the template. */
const char *report_text_label(enum lang l, enum report_text_field field);

/* The empty template; lines end with LF and are at most 70 columns wide. */
const char *report_text_template(struct arena *a, enum lang l);

struct report_text {
	struct str field[REPORT_TEXT_FIELDS]; /* trimmed, as written; empty when blank */
	/* what could be understood of them, else NULL or 0 */
	const char *purpose;   /* information question contact other */
	const char *door;      /* phishing … other unknown, as report_doors */
	const char *role;      /* victim responder vendor finder isp csirt other */
	const char *tlp;       /* "AMBER" */
	const char *pass_name; /* yes no ask */
	bool zone_given;
	int32_t offset; /* seconds east of UTC; Japan's when not given */
	int64_t found_at, start_at, end_at; /* UTC milliseconds */
	struct str rest; /* the lines that belong to no field, before the logs */
};

/*
 * Read a mail's body.  ERR_NOT_FOUND when fewer than three labels of the
 * template stand in it: then it is an ordinary text.  ERR_LIMIT over
 * LIMIT_MAIL_TEXT.
 */
MUST_USE enum err report_text_parse(struct arena *a, struct str body, struct report_text *ret);

/* A date and time as people write them: 2026/9/18 14:05, ２０２６年９月１８日
 * 14時05分, 2026-09-18T14:05+09:00; without an offset ${offset} holds. */
MUST_USE enum err report_text_time(
    struct arena *a, struct str s, int32_t offset, int64_t *ret);
/* "+09:00", "JST", "UTC", "GMT+9", "Asia/Tokyo". */
MUST_USE enum err report_text_zone(struct arena *a, struct str s, int32_t *ret);

#endif
