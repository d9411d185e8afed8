/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rule.h - routing rules that people write: when a report is like this, then it
 * goes there. Pure: a rule sees the facts of a report as it came, never what
 * another rule made of it, so rules cannot chase each other.
 */
#ifndef INCIDENT_RULE_H
#define INCIDENT_RULE_H

#include "base/err.h"
#include "base/str.h"
#include "base/word.h"
#include "text/value.h"

struct arena;

#define RULE_CONDITIONS 20
#define RULE_ALTERNATIVES 30 /* of one condition */
#define RULE_TAGS 10
#define RULES_MAX 100

/* channel purpose door language country origin words sender_domain url_host
 * url_tld brand size_over hours; labels: context "rule". */
extern const struct word rule_fields[];

struct rule_condition {
	const char *field;
	bool is_not;
	const struct str *value; /* alternatives, folded; hours: "18:00-09:00"; size_over: bytes */
	size_t values;
};
struct rule_acts { /* NULL, 0: stays */
	int64_t owner;
	const char *queue, *door, *priority;
	const char *tag[RULE_TAGS];
	size_t tags;
	bool no_acknowledge;
};
struct rule {
	int64_t id, version;
	const char *name;
	bool any; /* one condition is enough; else all are needed */
	bool stop; /* no rule after it is looked at */
	struct rule_condition condition[RULE_CONDITIONS];
	size_t conditions;
	struct rule_acts acts;
};
/*
 * Reads docs/schema/rule.md. ERR_INVALID with an English msgid in ${*ret_fault}
 * and what it is about in ${*ret_value} (may be ""), for "{value}".
 */
MUST_USE enum err rule_parse(struct arena *a, struct str json, struct rule *ret, const char **ret_fault,
    const char **ret_value);
/* The reverse: rule_parse() reads the same rule from it. */
const char *rule_format(struct arena *a, const struct rule *r);

/* A report as it came. */
struct rule_facts {
	const char *channel, *purpose, *door, *lang, *cc, *brand, *sender; /* or NULL */
	bool domestic;
	struct str text; /* title and text, folded; as much as is looked at */
	const struct str *host; /* of its URLs and its names */
	size_t hosts;
	int64_t size;	 /* bytes of the text */
	int32_t minute;	 /* of the day, in the team's zone */
};
bool rule_matches(const struct rule *r, const struct rule_facts *f);
/* Does any condition look at words? Then the text must be there. */
bool rule_needs_text(const struct rule *r);

/* What the rules together say: the first that names an owner, a queue … wins,
 * tags add up. ${applied}: places of those that matched, in order. */
struct rule_outcome {
	struct rule_acts acts;
	size_t applied[RULES_MAX];
	size_t n;
};
void rule_run(const struct rule *rules, size_t n, const struct rule_facts *f, struct rule_outcome *ret);

#endif
