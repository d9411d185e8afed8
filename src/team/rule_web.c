/* SPDX-License-Identifier: Apache-2.0 */
/* rule_web.c - /admin/rules: routing rules, tried before they go live. */
#include <string.h>

#include "auth/setting.h"
#include "base/arena.h"
#include "base/limit.h"
#include "incident/extract.h"
#include "incident/report_store.h"
#include "incident/rule_store.h"
#include "team/team_web.h"
#include "web/web_state.h"

#define TITLE N_("Routing rules")
#define TRY_ON 1000
#define ROWS 4 /* empty conditions a form offers at least */

static const char *const states[] = { "draft", "live", "off", NULL };

static const char *
state_text(struct web *w, const char *state)
{
	return strcmp(state, "live") == 0 ? web_tr(w, "rule", N_("live"))
	    : strcmp(state, "off") == 0	  ? web_tr(w, "rule", N_("off"))
					  : web_tr(w, "rule", N_("draft"));
}

/* "Words in title or text: a, b" */
static const char *
condition_text(struct web *w, const struct rule_condition *c)
{
	const char *s = "";

	for (size_t i = 0; i < c->values; i++)
		s = arena_printf(w->a, "%s%s%.*s", s, i == 0 ? "" : ", ", STR_F(c->value[i]));
	return arena_printf(w->a, "%s%s %s", web_tr(w, "rule", word_label(rule_fields, c->field)),
	    c->is_not ? " ≠" : ":", s);
}

static const char *
person_name(struct web *w, int64_t id)
{
	struct user u;

	return user_get(w->db, w->a, id, &u) == OK ? u.name : "?";
}

static void
add_then(struct web *w, struct value *list, const char *label, const char *value)
{
	if (value != NULL)
		value_add_text(w->a, list, arena_printf(w->a, "%s: %s", web_tr(w, "rule", label), value));
}

static void
describe(struct web *w, const struct rule *r, struct value *o)
{
	struct value *when = value_set_list(w->a, o, "@when"), *then = value_set_list(w->a, o, "@then");
	const struct rule_acts *t = &r->acts;

	for (size_t i = 0; i < r->conditions; i++)
		value_add_text(w->a, when, condition_text(w, &r->condition[i]));
	value_set_bool(w->a, o, "@any", r->any);
	add_then(w, then, N_("Who"), t->owner == 0 ? NULL : person_name(w, t->owner));
	add_then(w, then, N_("Queue"), t->queue);
	add_then(w, then, N_("Kind (guess)"), t->door == NULL ? NULL : web_tr(w, "door", report_label(report_doors, t->door)));
	add_then(w, then, N_("Priority"),
	    t->priority == NULL ? NULL : web_tr(w, "priority", report_label(report_priorities, t->priority)));
	for (size_t i = 0; i < t->tags; i++)
		add_then(w, then, N_("Tag"), t->tag[i]);
	if (t->no_acknowledge)
		value_add_text(w->a, then, web_tr(w, "rule", N_("No acknowledgement by itself")));
	if (r->stop)
		value_add_text(w->a, then, web_tr(w, "rule", N_("No further rule")));
}

static void
set_row(struct web *w, const struct rule_row *row, struct value *o)
{
	const char *fault, *value;
	struct value *body, *badge = value_set_object(w->a, o, "@badge");
	struct rule r;

	value_set_int(w->a, o, "id", row->id);
	value_set_text(w->a, o, "name", row->name);
	value_set_text(w->a, o, "state", row->state);
	value_set_int(w->a, o, "version", row->version);
	value_set_bool(w->a, o, "tried", row->tried_version == row->version);
	value_set_int(w->a, o, "hits", row->hits);
	web_set_time(w, o, "hit_at", row->hit_at);
	web_set_time(w, o, "changed_at", row->changed_at);
	value_set_text(w->a, o, "changed_by", row->changed_by);
	if (value_parse(w->a, str_of(row->body), &body, NULL) == OK)
		value_set(w->a, o, "rule", body);
	value_set_text(w->a, badge, "state", strcmp(row->state, "live") == 0 ? "good" : "plain");
	value_set_text(w->a, badge, "text", state_text(w, row->state));
	if (rule_parse(w->a, str_of(row->body), &r, &fault, &value) == OK)
		describe(w, &r, o);
}

static enum err
list(struct web *w)
{
	struct value *items = value_set_list(w->a, w->data, "items");
	struct rule_row *rows;
	size_t n;

	TRY(rule_list(w->db, w->a, &rows, &n));
	for (size_t i = 0; i < n; i++) {
		struct value *o = value_add_object(w->a, items);

		set_row(w, &rows[i], o);
		value_set_bool(w->a, o, "@up", i > 0);
		value_set_bool(w->a, o, "@down", i + 1 < n);
	}
	value_set_int(w->a, w->data, "total", (int64_t)n);
	value_set_bool(w->a, w->data, "live", setting_bool(w->db, "rules.live"));
	value_set_bool(w->a, w->ui, "has_items", n > 0);
	team_web_admin_nav(w, "/admin/rules");
	return web_page(w, "admin_rules", TITLE);
}

static void
option(struct web *w, struct value *l, const char *value, const char *label, bool selected)
{
	struct value *o = value_add_object(w->a, l);

	value_set_text(w->a, o, "value", value);
	value_set_text(w->a, o, "label", label);
	value_set_bool(w->a, o, "selected", selected);
}

static void
condition_row(struct web *w, struct value *rows, const struct rule_condition *c)
{
	struct value *o = value_add_object(w->a, rows), *fields = value_set_list(w->a, o, "@fields");
	const char *text = "";

	for (size_t i = 0; c != NULL && i < c->values; i++)
		text = arena_printf(w->a, "%s%s%.*s", text, i == 0 ? "" : ", ", STR_F(c->value[i]));
	value_set_int(w->a, o, "n", (int64_t)value_count(rows));
	value_set_text(w->a, o, "value", text);
	value_set_bool(w->a, o, "is_not", c != NULL && c->is_not);
	option(w, fields, "", "—", c == NULL);
	for (const struct word *f = rule_fields; f->name != NULL; f++)
		option(w, fields, f->name, web_tr(w, "rule", f->label), c != NULL && strcmp(c->field, f->name) == 0);
}

static enum err
owner_options(struct web *w, int64_t chosen)
{
	struct value *l = value_set_list(w->a, w->ui, "@owners");
	struct user *u;
	size_t n;

	TRY(user_list(w->db, w->a, &u, &n));
	option(w, l, "", web_tr(w, "rule", N_("as it is")), chosen == 0);
	for (size_t i = 0; i < n; i++) {
		if (u[i].active && auth_may(u[i].role, PERM_REPORT_EDIT))
			option(w, l, arena_printf(w->a, "%lld", (long long)u[i].id), u[i].name, u[i].id == chosen);
	}
	return OK;
}

static void
choices(struct web *w, const char *key, const char *context, const char *const *names, const char *chosen)
{
	struct value *l = value_set_list(w->a, w->ui, key);

	option(w, l, "", web_tr(w, "rule", N_("as it is")), chosen == NULL);
	for (size_t i = 0; names[i] != NULL; i++)
		option(w, l, names[i], web_tr(w, context, report_label(names, names[i])),
		    chosen != NULL && strcmp(names[i], chosen) == 0);
}

/* The form of ${r}; ${row} NULL: a new one. */
static enum err
page(struct web *w, const struct rule_row *row, const struct rule *r)
{
	struct value *rows = value_set_list(w->a, w->ui, "conditions");
	const char *tags = "";

	for (size_t i = 0; i < r->conditions; i++)
		condition_row(w, rows, &r->condition[i]);
	for (size_t i = r->conditions; (i < ROWS || i < r->conditions + 2) && i < RULE_CONDITIONS; i++)
		condition_row(w, rows, NULL);
	for (size_t i = 0; i < r->acts.tags; i++)
		tags = arena_printf(w->a, "%s%s%s", tags, i == 0 ? "" : ", ", r->acts.tag[i]);
	TRY(owner_options(w, r->acts.owner));
	choices(w, "@doors", "door", report_doors, r->acts.door);
	choices(w, "@priorities", "priority", report_priorities, r->acts.priority);
	web_fill(w, "name", r->name == NULL ? "" : r->name);
	web_fill(w, "match", r->any ? "any" : "all");
	web_fill(w, "stop", r->stop ? "1" : "");
	web_fill(w, "queue", r->acts.queue == NULL ? "" : r->acts.queue);
	web_fill(w, "no_acknowledge", r->acts.no_acknowledge ? "1" : "");
	web_fill(w, "tags", tags);
	value_set_text(w->a, w->ui, "action",
	    row == NULL ? "/admin/rules" : arena_printf(w->a, "/admin/rules/%lld", (long long)row->id));
	value_set_bool(w->a, w->ui, "is_new", row == NULL);
	if (row != NULL)
		set_row(w, row, w->data);
	value_set_bool(w->a, w->ui, "is_live", row != NULL && strcmp(row->state, "live") == 0);
	team_web_admin_nav(w, "/admin/rules");
	return web_again(w, "admin_rule", TITLE);
}

static enum err
of_path(struct web *w, struct rule_row *row, struct rule *r)
{
	const char *fault, *value;
	int64_t id;

	if (!str_int(str_of(web_path(w, "id")), 1, INT64_MAX, &id))
		return ERR_NOT_FOUND;
	TRY(rule_get(w->db, w->a, id, row));
	if (rule_parse(w->a, str_of(row->body), r, &fault, &value) != OK)
		*r = (struct rule){ 0 };
	r->name = row->name;
	r->id = row->id;
	r->version = row->version;
	return OK;
}

static enum err
new_form(struct web *w)
{
	const struct rule none = { 0 };

	return page(w, NULL, &none);
}

/* The newest thousand reports, none of which is restricted from an administrator. */
static enum err
show(struct web *w)
{
	struct rule_row row;
	struct rule r;

	TRY(of_path(w, &row, &r));
	return page(w, &row, &r);
}

static void
split(struct web *w, struct value *list, const char *text)
{
	struct str rest = str_of(text), one;

	while (str_split(&rest, ',', &one)) {
		one = str_trim(one);
		if (one.n > 0)
			value_add_text(w->a, list, arena_cstr(w->a, one));
	}
}

/* The body of the form, which has the conditions in rows. */
static const char *
body_of_form(struct web *w)
{
	struct value *o = value_object(w->a), *when = value_set_list(w->a, o, "when"), *then;
	const struct value *given = value_get(w->json_body, "rule");
	size_t fields, values, nots;
	const char *const *field = web_form_all(w, "field", &fields);
	const char *const *value = web_form_all(w, "value", &values);
	const char *const *is = web_form_all(w, "is", &nots);

	if (value_type(given) == VALUE_OBJECT)
		return value_json_text(w->a, given);
	value_set_text(w->a, o, "match", strcmp(web_form(w, "match"), "any") == 0 ? "any" : "all");
	for (size_t i = 0; i < fields && i < values; i++) {
		if (*field[i] == '\0')
			continue;
		struct value *c = value_add_object(w->a, when);

		value_set_text(w->a, c, "field", field[i]);
		value_set_bool(w->a, c, "not", i < nots && strcmp(is[i], "not") == 0);
		split(w, value_set_list(w->a, c, "value"), value[i]);
	}
	then = value_set_object(w->a, o, "then");
	value_set_int(w->a, then, "owner", web_form_int(w, "owner", 0, INT64_MAX, 0));
	value_set_text(w->a, then, "queue", web_form(w, "queue"));
	value_set_text(w->a, then, "door", web_form(w, "door"));
	value_set_text(w->a, then, "priority", web_form(w, "priority"));
	split(w, value_set_list(w->a, then, "tags"), web_form(w, "tags"));
	value_set_bool(w->a, then, "no_acknowledge", strcmp(web_form(w, "no_acknowledge"), "1") == 0);
	value_set_bool(w->a, o, "stop", strcmp(web_form(w, "stop"), "1") == 0);
	return value_json_text(w->a, o);
}

static enum err
store(struct web *w, struct rule_row *row)
{
	const char *name = web_need_line(w, "name", LIMIT_NAME), *fault, *value;
	struct rule r = { 0 };
	bool is_new = row->id == 0;

	if (rule_parse(w->a, str_of(body_of_form(w)), &r, &fault, &value) != OK)
		problems_add(&w->problems, "when", fault, value);
	r.name = name;
	if (problems_any(&w->problems))
		return page(w, is_new ? NULL : row, &r);
	row->name = name;
	row->body = rule_format(w->a, &r);
	enum err e = rule_save(w->db, w->a, row, web_actor(w));

	if (e == ERR_LIMIT) {
		web_problem(w, "name", N_("There are a hundred rules already. Delete one first."));
		return page(w, NULL, &r);
	}
	TRY(e);
	value_set_int(w->a, w->data, "id", row->id);
	value_set_int(w->a, w->data, "version", row->version);
	const char *href = arena_printf(w->a, "/admin/rules/%lld", (long long)row->id);

	return is_new ? web_created(w, href, N_("Saved as a draft. Try it on past reports.")) : web_redirect(w, href, N_("Saved"), 0);
}

static enum err
add(struct web *w)
{
	struct rule_row row = { 0 };

	return store(w, &row);
}

static enum err
try_it(struct web *w, const struct rule_row *row, const struct rule *r)
{
	struct value *o = value_set_object(w->a, w->data, "tried_on"), *list = value_set_list(w->a, o, "items");
	int64_t looked, met;

	TRY(rule_try(w->db, w->blobs, w->a, r, TRY_ON, &looked, &met, list));
	TRY(rule_tried(w->db, row->id, row->version));
	value_set_int(w->a, o, "looked", looked);
	value_set_int(w->a, o, "matched", met);
	value_set_text(w->a, o, "@text",
	    web_trf(w, NULL, N_("It would have matched {n} of the last {all} reports."),
		I18N_ARGS({ "n", i18n_number(w->a, met) }, { "all", i18n_number(w->a, looked) })));
	for (size_t i = 0; i < value_count(list); i++) {
		struct value *x = value_item(list, i);
		bool may;

		TRY(report_visible(w->db, value_integer(value_get(x, "@id")), w->user, &may));
		web_set_time(w, x, "received_at", value_integer(value_get(x, "received_at")));
		if (!may)
			value_set_text(w->a, x, "title", NULL);
		value_set_str(w->a, x, "@title", extract_defang_text(w->a, value_str(value_get(x, "title"))));
		value_set_text(w->a, x, "@href", arena_printf(w->a, "/inbox/%s", value_cstr(value_get(x, "ref"))));
	}
	struct rule_row fresh;

	TRY(rule_get(w->db, w->a, row->id, &fresh));
	return page(w, &fresh, r);
}

static enum err
change(struct web *w)
{
	static const char *const acts[] = { "save", "try", "draft", "live", "off", "up", "down", "delete", NULL };
	const char *act = web_choice(w, "act", acts, true);
	struct rule_row row;
	struct rule r;

	if (problems_any(&w->problems))
		return ERR_INVALID;
	TRY(of_path(w, &row, &r));
	if (strcmp(act, "save") == 0) {
		row.version = web_form_int(w, "version", 1, INT64_MAX, row.version);
		return store(w, &row);
	}
	if (strcmp(act, "try") == 0)
		return try_it(w, &row, &r);
	if (strcmp(act, "up") == 0 || strcmp(act, "down") == 0) {
		TRY(rule_move(w->db, w->a, &row, strcmp(act, "up") == 0 ? -1 : 1, web_actor(w)));
		return web_redirect(w, "/admin/rules", NULL, 0);
	}
	if (strcmp(act, "delete") == 0) {
		TRY(rule_delete(w->db, w->a, &row, web_actor(w)));
		return web_redirect(w, "/admin/rules", N_("The rule is deleted; the journal keeps it"), 0);
	}
	for (size_t i = 0; states[i] != NULL; i++) {
		if (strcmp(states[i], act) != 0)
			continue;
		enum err e = rule_set_state(w->db, w->a, &row, act, web_actor(w));

		if (e == ERR_CONFLICT) {
			web_problem(w, "act", N_("Try it on past reports first, as it is now."));
			return page(w, &row, &r);
		}
		TRY(e);
	}
	return web_redirect(w, arena_printf(w->a, "/admin/rules/%lld", (long long)row.id), N_("Saved"), 0);
}

/* One switch for all of them. */
static enum err
turn(struct web *w)
{
	static const char *const ons[] = { "0", "1", NULL };
	const char *on = web_choice(w, "live", ons, true);
	struct value *p = value_object(w->a);

	if (problems_any(&w->problems))
		return ERR_INVALID;
	TRY(setting_set(w->db, w->a, web_key(w->state), STR("rules.live"), str_of(on)));
	value_set_text(w->a, p, "key", "rules.live");
	value_set_text(w->a, p, "value", on);
	TRY(web_journal(w, "setting.change", "setting", 0, p));
	return web_redirect(w, "/admin/rules", strcmp(on, "1") == 0 ? N_("Rules work again") : N_("All rules are switched off"), 0);
}

const struct web_route team_rule_routes[] = {
	{ WEB_GET, "/admin/rules", PERM_ADMIN, list, 0, "Routing rules in their order" },
	{ WEB_POST, "/admin/rules", PERM_ADMIN, add, 0, "A new rule as draft: name, rule (docs/schema/rule.md) or the form's fields" },
	{ WEB_POST, "/admin/rules/switch", PERM_ADMIN, turn, 0, "All rules: live = 0, 1" },
	{ WEB_GET, "/admin/rules/new", PERM_ADMIN, new_form, 0, "The form for one" },
	{ WEB_GET, "/admin/rules/:id", PERM_ADMIN, show, 0, "One rule" },
	{ WEB_POST, "/admin/rules/:id", PERM_ADMIN, change, WEB_SLOW, "act = save (name, rule, version), try, draft, live, off, up, down, delete" },
	{ 0 },
};
