/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/rule.h"

#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "incident/report.h"
#include "text/i18n.h"

const struct word rule_fields[] = {
	{ "words", NC_("rule", "Words in title or text") },
	{ "sender_domain", NC_("rule", "Sender's domain") },
	{ "url_host", NC_("rule", "Host in it, or its domain") },
	{ "url_tld", NC_("rule", "Top-level domain in it") },
	{ "brand", NC_("rule", "Brand") },
	{ "channel", NC_("rule", "Channel") },
	{ "purpose", NC_("rule", "Purpose") },
	{ "door", NC_("rule", "Kind (guess)") },
	{ "language", NC_("rule", "Language") },
	{ "country", NC_("rule", "Country") },
	{ "origin", NC_("rule", "domestic or overseas") },
	{ "size_over", NC_("rule", "Text longer than (bytes)") },
	{ "hours", NC_("rule", "Time of day (18:00-09:00)") },
	{ NULL, NULL },
};

#define VALUE_MAX 200 /* characters of one alternative, of a queue, a tag */

struct reading {
	struct arena *a;
	const char *fault, *value;
};

static enum err
fault(struct reading *r, const char *message, const char *value)
{
	r->fault = message;
	r->value = value;
	return ERR_INVALID;
}

/* "18:00-09:00" */
static bool
hours(struct str s, int32_t *from, int32_t *to)
{
	int32_t *part[2] = { from, to };

	for (int i = 0; i < 2; i++) {
		uint64_t hour, minute;

		if ((i > 0 && !str_eat(&s, STR("-"))) || !str_eat_digits(&s, 1, 2, &hour) || !str_eat(&s, STR(":")) ||
		    !str_eat_digits(&s, 2, 2, &minute) || hour > 24 || minute > 59)
			return false;
		*part[i] = (int32_t)(hour * 60 + minute);
	}
	return s.n == 0;
}

static enum err
read_condition(struct reading *r, const struct value *v, struct rule_condition *c)
{
	const struct value *list = value_get(v, "value");
	struct str *values = arena_many(r->a, struct str, RULE_ALTERNATIVES);
	const struct value *one = list;
	int32_t from, to;
	int64_t number;

	c->field = NULL;
	for (const struct word *f = rule_fields; f->name != NULL; f++) {
		if (strcmp(f->name, value_cstr(value_get(v, "field"))) == 0)
			c->field = f->name;
	}
	if (c->field == NULL)
		return fault(r, N_("There is no condition “{value}”."), value_cstr(value_get(v, "field")));
	c->is_not = value_true(value_get(v, "not"));
	size_t n = value_type(list) == VALUE_LIST ? value_count(list) : 1;

	if (n > RULE_ALTERNATIVES)
		return fault(r, N_("At most {value} alternatives fit in a condition."), "30");
	c->values = 0;
	for (size_t i = 0; i < n; i++) {
		if (value_type(list) == VALUE_LIST)
			one = value_at(list, i);
		struct str s = str_trim(utf8_fold(r->a, value_str(one)));

		if (s.n == 0)
			continue;
		if (utf8_count(s) > VALUE_MAX)
			return fault(r, N_("Too long: {value}"), arena_cstr(r->a, utf8_take(s, 40)));
		values[c->values++] = s;
	}
	c->value = values;
	if (c->values == 0)
		return fault(r, N_("A condition has no value: {value}"), c->field);
	if (strcmp(c->field, "hours") == 0 && !hours(values[0], &from, &to))
		return fault(r, N_("Hours look like 18:00-09:00, not {value}."), arena_cstr(r->a, values[0]));
	if (strcmp(c->field, "size_over") == 0 && !str_int(values[0], 0, INT64_C(1) << 40, &number))
		return fault(r, N_("This must be a number: {value}"), arena_cstr(r->a, values[0]));
	return OK;
}

static bool
is_one_of(const char *s, const char *const *list)
{
	for (size_t i = 0; list[i] != NULL; i++) {
		if (strcmp(list[i], s) == 0)
			return true;
	}
	return false;
}

static const char *
text_of(struct reading *r, const struct value *o, const char *key)
{
	struct str s = str_trim(utf8_clean_line(r->a, value_str(value_get(o, key))));

	return s.n == 0 ? NULL : arena_cstr(r->a, utf8_take(s, VALUE_MAX));
}

static enum err
read_acts(struct reading *r, const struct value *o, struct rule_acts *t)
{
	const struct value *tags = value_get(o, "tags");

	*t = (struct rule_acts){
		.owner = value_integer(value_get(o, "owner")),
		.queue = text_of(r, o, "queue"),
		.door = text_of(r, o, "door"),
		.priority = text_of(r, o, "priority"),
		.no_acknowledge = value_true(value_get(o, "no_acknowledge")),
	};
	if (t->owner < 0)
		return fault(r, N_("There is no such person."), "");
	if (t->door != NULL && !is_one_of(t->door, report_doors))
		return fault(r, N_("There is no kind “{value}”."), t->door);
	if (t->priority != NULL && !is_one_of(t->priority, report_priorities))
		return fault(r, N_("There is no priority “{value}”."), t->priority);
	if (value_count(tags) > RULE_TAGS)
		return fault(r, N_("At most {value} tags."), "10");
	for (size_t i = 0; value_type(tags) == VALUE_LIST && i < value_count(tags); i++) {
		struct str s = str_trim(utf8_clean_line(r->a, value_str(value_at(tags, i))));

		if (str_find_char(s, ',', 0) != SIZE_MAX || utf8_count(s) > 40)
			return fault(r, N_("A tag is one word of at most 40 characters: {value}"), arena_cstr(r->a, utf8_take(s, 40)));
		if (s.n > 0)
			t->tag[t->tags++] = arena_cstr(r->a, s);
	}
	if (t->owner == 0 && t->queue == NULL && t->door == NULL && t->priority == NULL && t->tags == 0 && !t->no_acknowledge)
		return fault(r, N_("The rule does nothing. Choose what follows."), "");
	return OK;
}

static enum err
read_rule(struct reading *r, struct str json, struct rule *ret)
{
	struct value *v;

	if (value_parse(r->a, json, &v, NULL) != OK || value_type(v) != VALUE_OBJECT)
		return fault(r, N_("This is not a rule."), "");
	const struct value *when = value_get(v, "when");

	ret->any = strcmp(value_cstr(value_get(v, "match")), "any") == 0;
	ret->stop = value_true(value_get(v, "stop"));
	if (value_type(when) != VALUE_LIST || value_count(when) == 0)
		return fault(r, N_("A rule needs a condition: else it would match everything."), "");
	if (value_count(when) > RULE_CONDITIONS)
		return fault(r, N_("At most {value} conditions."), "20");
	for (size_t i = 0; i < value_count(when); i++)
		TRY(read_condition(r, value_at(when, i), &ret->condition[ret->conditions++]));
	return read_acts(r, value_get(v, "then"), &ret->acts);
}

enum err
rule_parse(struct arena *a, struct str json, struct rule *ret, const char **ret_fault, const char **ret_value)
{
	struct reading r = { .a = a, .fault = "", .value = "" };
	struct rule rule = { .name = "" };
	enum err e = read_rule(&r, json, &rule);

	*ret_fault = r.fault;
	*ret_value = r.value;
	if (e == OK)
		*ret = rule;
	return e;
}

const char *
rule_format(struct arena *a, const struct rule *r)
{
	struct value *o = value_object(a), *then, *tags;

	value_set_text(a, o, "match", r->any ? "any" : "all");
	struct value *when = value_set_list(a, o, "when");

	for (size_t i = 0; i < r->conditions; i++) {
		struct value *c = value_add_object(a, when);

		value_set_text(a, c, "field", r->condition[i].field);
		if (r->condition[i].is_not)
			value_set_bool(a, c, "not", true);
		struct value *list = value_set_list(a, c, "value");

		for (size_t k = 0; k < r->condition[i].values; k++)
			value_add_text(a, list, arena_cstr(a, r->condition[i].value[k]));
	}
	then = value_set_object(a, o, "then");
	if (r->acts.owner != 0)
		value_set_int(a, then, "owner", r->acts.owner);
	if (r->acts.queue != NULL)
		value_set_text(a, then, "queue", r->acts.queue);
	if (r->acts.door != NULL)
		value_set_text(a, then, "door", r->acts.door);
	if (r->acts.priority != NULL)
		value_set_text(a, then, "priority", r->acts.priority);
	if (r->acts.tags > 0) {
		tags = value_set_list(a, then, "tags");
		for (size_t i = 0; i < r->acts.tags; i++)
			value_add_text(a, tags, r->acts.tag[i]);
	}
	if (r->acts.no_acknowledge)
		value_set_bool(a, then, "no_acknowledge", true);
	if (r->stop)
		value_set_bool(a, o, "stop", true);
	return value_json_text(a, o);
}

bool
rule_needs_text(const struct rule *r)
{
	for (size_t i = 0; i < r->conditions; i++) {
		if (strcmp(r->condition[i].field, "words") == 0)
			return true;
	}
	return false;
}

/* ${name} is ${domain} or lies below it. */
static bool
below(struct str name, struct str domain)
{
	if (name.n == domain.n)
		return str_equal_case(name, domain);
	return name.n > domain.n && str_ends_case(name, domain) && name.p[name.n - domain.n - 1] == '.';
}

static struct str
after_last(struct str s, char c)
{
	for (size_t i = s.n; i > 0; i--) {
		if (s.p[i - 1] == c)
			return str_skip(s, i);
	}
	return s;
}

static bool
any_host(const struct rule_facts *f, struct str value, bool tld)
{
	struct str v = value;

	if (v.n > 0 && v.p[0] == '.')
		v = str_skip(v, 1);
	for (size_t i = 0; i < f->hosts; i++) {
		if (tld ? str_equal_case(after_last(f->host[i], '.'), v) : below(f->host[i], v))
			return true;
	}
	return false;
}

static const char *
plain_fact(const struct rule_facts *f, const char *field)
{
	const struct {
		const char *field, *fact;
	} facts[] = { { "channel", f->channel }, { "purpose", f->purpose }, { "door", f->door }, { "language", f->lang },
		{ "country", f->cc }, { "origin", f->domestic ? "domestic" : "overseas" } };

	for (size_t i = 0; i < COUNT(facts); i++) {
		if (strcmp(facts[i].field, field) == 0)
			return facts[i].fact;
	}
	return NULL;
}

static bool
holds_one(const struct rule_condition *c, struct str v, const struct rule_facts *f)
{
	int32_t from, to;
	int64_t number;

	if (strcmp(c->field, "words") == 0)
		return str_find(f->text, v, 0) != SIZE_MAX;
	if (strcmp(c->field, "sender_domain") == 0) {
		struct str sender = str_of(f->sender);

		return str_find_char(sender, '@', 0) != SIZE_MAX &&
		    below(after_last(sender, '@'), v.p[0] == '@' ? str_skip(v, 1) : v);
	}
	if (strcmp(c->field, "url_host") == 0 || strcmp(c->field, "url_tld") == 0)
		return any_host(f, v, strcmp(c->field, "url_tld") == 0);
	if (strcmp(c->field, "brand") == 0)
		return f->brand != NULL && str_find(str_of(f->brand), v, 0) != SIZE_MAX;
	if (strcmp(c->field, "size_over") == 0)
		return str_int(v, 0, INT64_MAX, &number) && f->size > number;
	if (strcmp(c->field, "hours") == 0)
		return hours(v, &from, &to) &&
		    (from <= to ? f->minute >= from && f->minute < to : f->minute >= from || f->minute < to);
	const char *fact = plain_fact(f, c->field);

	return fact != NULL && str_equal_case(str_of(fact), v);
}

bool
rule_matches(const struct rule *r, const struct rule_facts *f)
{
	for (size_t i = 0; i < r->conditions; i++) {
		const struct rule_condition *c = &r->condition[i];
		bool holds = false;

		for (size_t k = 0; k < c->values && !holds; k++)
			holds = holds_one(c, c->value[k], f);
		if ((holds != c->is_not) == r->any)
			return r->any;
	}
	return !r->any && r->conditions > 0;
}

static void
add_tag(struct rule_acts *t, const char *tag)
{
	for (size_t i = 0; i < t->tags; i++) {
		if (strcmp(t->tag[i], tag) == 0)
			return;
	}
	if (t->tags < RULE_TAGS)
		t->tag[t->tags++] = tag;
}

void
rule_run(const struct rule *rules, size_t n, const struct rule_facts *f, struct rule_outcome *ret)
{
	*ret = (struct rule_outcome){ 0 };
	for (size_t i = 0; i < n && ret->n < RULES_MAX; i++) {
		const struct rule_acts *from = &rules[i].acts;
		struct rule_acts *to = &ret->acts;

		if (!rule_matches(&rules[i], f))
			continue;
		ret->applied[ret->n++] = i;
		if (to->owner == 0)
			to->owner = from->owner;
		if (to->queue == NULL)
			to->queue = from->queue;
		if (to->door == NULL)
			to->door = from->door;
		if (to->priority == NULL)
			to->priority = from->priority;
		to->no_acknowledge = to->no_acknowledge || from->no_acknowledge;
		for (size_t k = 0; k < from->tags; k++)
			add_tag(to, from->tag[k]);
		if (rules[i].stop)
			return;
	}
}
