/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/incident_field.h"

#include <string.h>

#include "base/arena.h"
#include "base/zone.h"
#include "incident/category.h"
#include "text/i18n.h"

#define FIELD(name, label, kind) { #name, label, kind, offsetof(struct incident, name) }

const struct incident_field incident_fields[] = {
	FIELD(title, NC_("fact", "Title"), INCIDENT_LINE),
	FIELD(rsit, NC_("fact", "Class (RSIT)"), INCIDENT_LINE),
	FIELD(category, NC_("fact", "Present label"), INCIDENT_LINE),
	FIELD(category_2007, NC_("fact", "Label of 2007"), INCIDENT_LINE),
	FIELD(ics, NC_("fact", "Control systems"), INCIDENT_FLAG),
	FIELD(targeted, NC_("fact", "Targeted attack"), INCIDENT_FLAG),
	FIELD(content_changed, NC_("fact", "Web content was changed"), INCIDENT_FLAG),
	FIELD(tlp, NC_("fact", "Sharing label (TLP)"), INCIDENT_LINE),
	FIELD(pap, NC_("fact", "Allowed actions (PAP)"), INCIDENT_LINE),
	FIELD(priority, NC_("fact", "Priority"), INCIDENT_LINE),
	FIELD(owner_id, NC_("fact", "Owner"), INCIDENT_NUMBER),
	FIELD(restricted, NC_("fact", "Only for named people"), INCIDENT_FLAG),
	FIELD(domestic, NC_("fact", "Reported from inside the country"), INCIDENT_FLAG),
	FIELD(detected_at, NC_("fact", "Noticed"), INCIDENT_TIME),
	FIELD(started_at, NC_("fact", "It began"), INCIDENT_TIME),
	FIELD(ended_at, NC_("fact", "It ended"), INCIDENT_TIME),
	FIELD(impact, NC_("fact", "Impact"), INCIDENT_TEXT),
	FIELD(scale, NC_("fact", "Scale: how much"), INCIDENT_TEXT),
	FIELD(scope, NC_("fact", "Scope: what is touched"), INCIDENT_TEXT),
	FIELD(method, NC_("fact", "Method of the attack"), INCIDENT_TEXT),
	FIELD(cause, NC_("fact", "Cause"), INCIDENT_TEXT),
	FIELD(strategy, NC_("fact", "Strategy"), INCIDENT_LINE),
	FIELD(motive, NC_("fact", "Motive"), INCIDENT_LINE),
	FIELD(advice, NC_("fact", "Advice given"), INCIDENT_TEXT),
	FIELD(sharing, NC_("fact", "How far it may be shared"), INCIDENT_TEXT),
	FIELD(cia, NC_("fact", "What suffered"), INCIDENT_LINE),
	{ 0 },
};

const struct incident_field *
incident_field_find(const char *name)
{
	for (const struct incident_field *f = incident_fields; f->name != NULL; f++) {
		if (strcmp(f->name, name) == 0)
			return f;
	}
	return NULL;
}

static bool
is_label(const struct incident_field *f)
{
	return strcmp(f->name, "category") == 0 || strcmp(f->name, "category_2007") == 0;
}

const char *
incident_field_get(struct arena *a, const struct incident_field *f, const struct incident *i)
{
	const char *at = (const char *)i + f->offset;
	int64_t n;
	bool flag;
	const char *text;

	switch (f->kind) {
	case INCIDENT_FLAG:
		memcpy(&flag, at, sizeof(flag));
		return flag ? "1" : "";
	case INCIDENT_NUMBER:
		memcpy(&n, at, sizeof(n));
		return n == 0 ? "" : arena_printf(a, "%lld", (long long)n);
	case INCIDENT_TIME:
		memcpy(&n, at, sizeof(n));
		return n == 0 ? "" : zone_iso(a, zone_utc(), n);
	default:
		memcpy(&text, at, sizeof(text));
		if (text == NULL || (is_label(f) && !i->category_fixed))
			return "";
		return text;
	}
}

void
incident_field_set(const struct incident_field *f, struct incident *i, const char *text)
{
	char *at = (char *)i + f->offset;
	int64_t n = 0;
	bool flag = *text != '\0';

	switch (f->kind) {
	case INCIDENT_FLAG:
		memcpy(at, &flag, sizeof(flag));
		break;
	case INCIDENT_NUMBER:
		if (!str_int(str_of(text), 1, INT64_MAX, &n))
			n = 0;
		memcpy(at, &n, sizeof(n));
		break;
	case INCIDENT_TIME:
		if (*text == '\0' || zone_parse(zone_utc(), str_of(text), &n) != OK)
			n = 0;
		memcpy(at, &n, sizeof(n));
		break;
	default:
		memcpy(at, &text, sizeof(text));
		if (is_label(f) && *text != '\0')
			i->category_fixed = true;
		break;
	}
}

void
incident_derive(struct incident *i)
{
	struct category_labels l = category_derive(i->rsit, i->ics, i->targeted, i->content_changed);
	bool now = i->category != NULL && *i->category != '\0';
	bool of_2007 = i->category_2007 != NULL && *i->category_2007 != '\0';

	if (!i->category_fixed && (now || of_2007))
		i->category_fixed = true;
	if (!now)
		i->category = l.now;
	if (!of_2007)
		i->category_2007 = l.of_2007;
	/* Fixing what follows anyway is no override. */
	if (strcmp(i->category, l.now) == 0 && strcmp(i->category_2007, l.of_2007) == 0)
		i->category_fixed = false;
}
