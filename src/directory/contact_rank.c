/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/contact_rank.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"
#include "text/i18n.h"

#define YEAR (365 * CLOCK_DAY)
#define CHOSEN 3000
#define REJECTED (-5000)
#define BOUNCED (-900)
#define SILENT (-150)	/* nothing came back from so many: */
#define SILENT_AFTER 3
#define ANSWERS 80	/* the most that answering earns */
#define PURPOSE 60
#define ALSO 20		/* each further source that knows it */
#define LANGUAGE 10

/* Far enough apart that a nearer source stays before a farther one unless
 * something speaks against it; an abuse mailbox of any registry is before
 * other people of a better one. */
static const struct {
	const char *name, *message;
	int points;
} sources[CONTACT_SOURCES] = {
	[CONTACT_CONSTITUENCY] = { "constituency", N_("Member of the constituency"), 2000 },
	[CONTACT_DIRECTORY] = { "directory", N_("In our directory"), 1700 },
	[CONTACT_NATIONAL] = { "national", N_("National CSIRT of the country"), 1400 },
	[CONTACT_RDAP] = { "rdap", N_("From RDAP"), 1000 },
	[CONTACT_WHOIS] = { "whois", N_("From whois"), 950 },
	[CONTACT_SECURITY_TXT] = { "security.txt", N_("From security.txt"), 900 },
	[CONTACT_ZONE] = { "zone", N_("Mailbox of the zone (SOA)"), 500 },
};

static const struct {
	const char *message;
	int points;
} roles[FOUND_ROLES] = {
	[FOUND_ABUSE] = { N_("For abuse"), 0 },
	[FOUND_SECURITY] = { N_("For security"), -10 },
	[FOUND_NOC] = { N_("Network operation"), -200 },
	[FOUND_TECHNICAL] = { N_("Technical contact"), -220 },
	[FOUND_REGISTRAR_ABUSE] = { N_("For abuse, at the registrar"), -240 },
	[FOUND_ADMINISTRATIVE] = { N_("Administrative contact"), -260 },
	[FOUND_OWNER] = { N_("Registrant"), -280 },
	[FOUND_REGISTRAR] = { N_("Registrar"), -320 },
	[FOUND_ZONE] = { N_("Zone administrator"), 0 }, /* the source says it already */
	[FOUND_OTHER] = { N_("Role unknown"), -340 },
	[FOUND_BILLING] = { N_("For billing"), -600 },
};

const char *
contact_source_name(enum contact_source source)
{
	return sources[source].name;
}

static void
reason(struct contact_candidate *c, const char *message, const char *value, int points)
{
	c->points += points;
	if (c->reasons < CONTACT_REASONS)
		c->reason[c->reasons++] = (struct contact_reason){ message, value, points };
}

static void
by_past(struct arena *a, struct contact_candidate *c)
{
	if (c->bounced_at > c->answered_at) {
		reason(c, N_("The last mail to it came back"), "", BOUNCED);
		return;
	}
	if (c->sent <= 0)
		return;
	int64_t answered = c->answered > c->sent ? c->sent : c->answered;
	const char *of = arena_printf(a, "%lld/%lld", (long long)answered, (long long)c->sent);

	if (answered == 0 && c->sent >= SILENT_AFTER)
		reason(c, N_("Never answered: {value}"), of, SILENT);
	else if (answered > 0)
		/* One answer of one says less than nine of ten. */
		reason(c, N_("Answered before: {value}"), of,
		    (int)(ANSWERS * answered / (c->sent + 1)));
	if (answered > 0 && c->answer_minutes > 0 && c->answer_minutes <= 24 * 60)
		reason(c, N_("Usually answers within a day"), "", 15);
}

static void
by_age(struct arena *a, const struct contact_question *q, struct contact_candidate *c)
{
	int64_t age = q->now - c->known_at;

	if (c->known_at == 0) {
		reason(c, N_("Nobody knows how old this is"), "", -30);
		return;
	}
	struct civil day = clock_civil(c->known_at, 0);
	const char *date = arena_printf(a, "%04d-%02d-%02d", day.year, day.month, day.day);

	if (age > 2 * YEAR)
		reason(c, N_("Last confirmed {value}"), date, -60);
	else if (age > YEAR)
		reason(c, N_("Last confirmed {value}"), date, -25);
	else
		reason(c, N_("Last confirmed {value}"), date, 0);
}

/* Does one of our languages stand in theirs? */
static bool
common_language(const char *ours, const char *theirs)
{
	struct str rest = str_of(ours), word, other, list;

	while (str_split(&rest, ',', &word)) {
		list = str_of(theirs);
		word = str_trim(word);
		while (word.n >= 2 && str_split(&list, ',', &other)) {
			if (str_equal_case(str_take(word, 2), str_take(str_trim(other), 2)))
				return true;
		}
	}
	return false;
}

static void
judge(struct arena *a, const struct contact_question *q, struct contact_candidate *c)
{
	c->points = 0;
	c->reasons = 0;
	if (c->rejected)
		reason(c, N_("Somebody said that it is the wrong one"), "", REJECTED);
	else if (c->chosen)
		reason(c, N_("Chosen for this before"), "", CHOSEN);
	reason(c, sources[c->source].message, c->from == NULL ? "" : c->from, sources[c->source].points);
	/* Whom we know ourselves we asked for the right address. */
	if (c->source >= CONTACT_RDAP)
		reason(c, roles[c->role].message, "", roles[c->role].points);
	if (c->for_purpose)
		reason(c, N_("For this kind of incident"), "", PURPOSE);
	by_past(a, c);
	by_age(a, q, c);
	for (int i = 0; i < CONTACT_SOURCES; i++) {
		if (i != (int)c->source && (c->sources & 1u << i) != 0)
			reason(c, N_("Also known from: {value}"), sources[i].name, ALSO);
	}
	if (q->languages != NULL && c->languages != NULL && c->languages[0] != '\0' &&
	    common_language(q->languages, c->languages))
		reason(c, N_("Reads our language"), c->languages, LANGUAGE);
}

static int
text_order(const char *x, const char *y)
{
	struct str s = str_of(x), t = str_of(y);

	return str_compare(s, t);
}

/* Equal addresses side by side, the nearest source first; then by all that
 * could matter, so that the order of the list does not. */
static int
merge_order(const void *x, const void *y)
{
	const struct contact_candidate *p = x, *q = y;
	int c = strcasecmp(p->email, q->email);

	if (c != 0)
		return c;
	int x_points = sources[p->source].points + (p->source >= CONTACT_RDAP ? roles[p->role].points : 0);
	int y_points = sources[q->source].points + (q->source >= CONTACT_RDAP ? roles[q->role].points : 0);

	if (x_points != y_points)
		return x_points > y_points ? -1 : 1;
	if (p->known_at != q->known_at)
		return p->known_at > q->known_at ? -1 : 1;
	if (p->id != q->id)
		return p->id < q->id ? -1 : 1;
	c = text_order(p->from, q->from);
	return c != 0 ? c : text_order(p->name, q->name);
}

static int
rank_order(const void *x, const void *y)
{
	const struct contact_candidate *p = x, *q = y;

	if (p->points != q->points)
		return p->points > q->points ? -1 : 1;
	return strcasecmp(p->email, q->email);
}

/* What the farther source knows of the same address. */
static void
merge(struct contact_candidate *into, const struct contact_candidate *c)
{
	into->sources |= 1u << c->source;
	into->chosen = into->chosen || c->chosen;
	into->rejected = into->rejected || c->rejected;
	into->for_purpose = into->for_purpose || c->for_purpose;
	if (into->id == 0)
		into->id = c->id;
	if (c->known_at > into->known_at)
		into->known_at = c->known_at;
	if (c->sent > into->sent) { /* one history, told by both */
		into->sent = c->sent;
		into->answered = c->answered;
		into->answer_minutes = c->answer_minutes;
	}
	if (c->bounced_at > into->bounced_at)
		into->bounced_at = c->bounced_at;
	if (c->answered_at > into->answered_at)
		into->answered_at = c->answered_at;
	if (into->name == NULL || into->name[0] == '\0')
		into->name = c->name;
	if (into->organisation == NULL || into->organisation[0] == '\0')
		into->organisation = c->organisation;
	if (into->country == NULL || into->country[0] == '\0')
		into->country = c->country;
	if (into->languages == NULL || into->languages[0] == '\0')
		into->languages = c->languages;
}

void
contact_rank(struct arena *a, const struct contact_question *q, struct contact_candidate *list,
    size_t *n)
{
	size_t kept = 0;

	if (*n == 0)
		return;
	qsort(list, *n, sizeof(*list), merge_order);
	for (size_t i = 0; i < *n; i++) {
		list[i].sources = 1u << list[i].source;
		if (kept > 0 && strcasecmp(list[kept - 1].email, list[i].email) == 0) {
			merge(&list[kept - 1], &list[i]);
			continue;
		}
		if (kept != i)
			list[kept] = list[i];
		kept++;
	}
	for (size_t i = 0; i < kept; i++)
		judge(a, q, &list[i]);
	qsort(list, kept, sizeof(*list), rank_order);
	*n = kept;
}

size_t
contact_rank_found(struct arena *a, const struct found *f, int64_t at, struct contact_candidate **ret)
{
	enum contact_source source = strcmp(f->kind, "rdap") == 0	? CONTACT_RDAP
	    : strcmp(f->kind, "security.txt") == 0			? CONTACT_SECURITY_TXT
	    : strcmp(f->kind, "soa") == 0				? CONTACT_ZONE
									: CONTACT_WHOIS;
	size_t n = 0;

	*ret = arena_many(a, struct contact_candidate, f->contacts + 1);
	for (size_t i = 0; i < f->contacts; i++) {
		const struct found_contact *c = &f->contact[i];

		if (c->email[0] == '\0' || c->role == FOUND_BILLING)
			continue;
		(*ret)[n++] = (struct contact_candidate){
			.email = c->email,
			.name = c->name,
			.organisation = c->organisation[0] != '\0' ? c->organisation : f->organisation,
			.country = f->country,
			.languages = c->languages,
			.from = c->from,
			.source = source,
			.role = c->role,
			.known_at = at,
		};
	}
	return n;
}
