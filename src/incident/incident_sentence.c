/* SPDX-License-Identifier: Apache-2.0 */
/* incident_sentence.c - journal entries as a person reads them. */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "incident/category.h"
#include "incident/coordination.h"
#include "incident/extract.h"
#include "incident/incident_field.h"
#include "incident/incident_page.h"
#include "incident/report.h"

struct sentence {
	const char *action;
	const char *text; /* msgid, context "journal"; {places} are payload members */
};
static const struct sentence sentences[] = {
	{ "incident.open", NC_("journal", "Incident opened") },
	{ "incident.change", NC_("journal", "Facts changed") },
	{ "incident.phase", NC_("journal", "Phase: {from} → {to}") },
	{ "incident.close", NC_("journal", "Closed: {resolution}") },
	{ "incident.reopen", NC_("journal", "Opened again") },
	{ "incident.next", NC_("journal", "Next action set") },
	{ "incident.hold", NC_("journal", "Legal hold set: retention erases nothing") },
	{ "incident.hold-lift", NC_("journal", "Legal hold lifted") },
	{ "incident.erase", NC_("journal", "Retention erased: {kind}") },
	{ "incident.grant", NC_("journal", "Who may see it was changed") },
	{ "incident.link", NC_("journal", "Report {report} added") },
	{ "incident.unlink", NC_("journal", "Report {report} taken off") },
	{ "incident.merge", NC_("journal", "{from} merged into {into}") },
	{ "incident.unmerge", NC_("journal", "{from} separated from {into}") },
	{ "task.add", NC_("journal", "Task added: {title}") },
	{ "task.change", NC_("journal", "Task changed: {title}") },
	{ "task.done", NC_("journal", "Task done: {title}") },
	{ "task.undone", NC_("journal", "Task opened again: {title}") },
	{ "task.remove", NC_("journal", "Task removed: {title}") },
	{ "indicator.add", NC_("journal", "Indicators added: {n}") },
	{ "indicator.confirm", NC_("journal", "Indicator confirmed: {value}") },
	{ "indicator.refute", NC_("journal", "Indicator refuted: {value}") },
	{ "indicator.role", NC_("journal", "Indicator {value}: {role}") },
	{ "indicator.remove", NC_("journal", "Indicator removed: {value}") },
	{ "indicator.restore", NC_("journal", "Indicator put back: {value}") },
	{ "attachment.add", NC_("journal", "File added: {name}") },
	{ "report.message", NC_("journal", "More from the reporter") },
	{ "party.add", NC_("journal", "Party added: {org}") },
	{ "party.change", NC_("journal", "Party changed: {org}") },
	{ "party.remove", NC_("journal", "Party removed: {org}") },
	{ "party.restore", NC_("journal", "Party put back: {org}") },
	{ "notification.queue", NC_("journal", "Letter written to {org}: {subject}") },
	{ "notification.cancel", NC_("journal", "Letter taken back: {subject}") },
	{ "notification.send", NC_("journal", "Letter sent to {to}") },
	{ "notification.answer", NC_("journal", "Answer from {from}") },
	{ "notification.bounce", NC_("journal", "A letter came back: {why}") },
	{ "notification.state", NC_("journal", "{org}: {from} → {to}") },
	{ "site.answer", NC_("journal", "{org} answered about a site") },
	{ "notification.read", NC_("journal", "Answer of {org} read") },
	{ "incident.story", NC_("journal", "Course exported: {format}, for {audience}, names: {names}") },
	{ "message.take", NC_("journal", "Original of a message taken") },
};

/* The kinds of retention that concern an incident; others as they are. */
static const char *
erased_text(struct web *w, const char *kind)
{
	static const struct web_option kinds[] = { { "people", NC_("retention", "names and addresses") },
		{ "texts", NC_("retention", "words") }, { "mail", NC_("retention", "original mails") },
		{ "files", NC_("retention", "files") } };

	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (strcmp(kinds[i].value, kind) == 0)
			return web_tr(w, "retention", kinds[i].label);
	}
	return kind;
}

/* A member of the payload as the reader's words. */
static const char *
place(struct web *w, const char *key, const struct value *v)
{
	const char *s = value_type(v) == VALUE_INT
	    ? arena_printf(w->a, "%lld", (long long)value_integer(v))
	    : value_cstr(v);
	const char *label;

	label = incident_label(incident_phases, s);
	if (strcmp(label, s) != 0)
		return web_tr(w, "phase", label);
	label = incident_label(incident_resolutions, s);
	if (strcmp(label, s) != 0)
		return web_tr(w, "resolution", label);
	label = incident_label(incident_indicator_roles, s);
	if (strcmp(label, s) != 0)
		return web_tr(w, "indicator", label);
	if (strcmp(key, "from") == 0 || strcmp(key, "to") == 0)
		return coordination_state_text(w, s);
	if (strcmp(key, "kind") == 0)
		return erased_text(w, s);
	if (strcmp(key, "value") == 0)
		return arena_cstr(w->a, extract_defang_text(w->a, str_of(s)));
	return s;
}

/* "2026-09-18T…" as the reader's time, labels as words, long texts cut. */
static const char *
fact(struct web *w, const struct incident_field *f, const char *s)
{
	int64_t at;

	if (*s == '\0')
		return f->kind == INCIDENT_FLAG ? web_tr(w, NULL, N_("no")) : "—";
	if (f->kind == INCIDENT_FLAG)
		return web_tr(w, NULL, N_("yes"));
	if (f->kind == INCIDENT_TIME && zone_parse(zone_utc(), str_of(s), &at) == OK)
		return web_when(w, at);
	if (strcmp(f->name, "rsit") == 0)
		return category_label(w->lang, s);
	if (strcmp(f->name, "category") == 0)
		return category_now_label(w->lang, s);
	if (strcmp(f->name, "category_2007") == 0)
		return category_2007_label(w->lang, s);
	if (strcmp(f->name, "priority") == 0)
		return incident_priority_text(w, s);
	if (strcmp(f->name, "strategy") == 0 || strcmp(f->name, "cia") == 0)
		return incident_word(w, f->name, s);
	if (strcmp(f->name, "owner_id") == 0) {
		struct user u;
		int64_t id;

		return str_int(str_of(s), 1, INT64_MAX, &id) && user_get(w->db, w->a, id, &u) == OK
		    ? u.name
		    : s;
	}
	struct str cut = utf8_take(str_of(s), 300);

	return cut.n == strlen(s) ? s : arena_printf(w->a, "%.*s…", STR_F(cut));
}

static const char *
changes(struct web *w, const struct value *fields)
{
	struct buf *b = buf_new(w->a, LIMIT_KIB(64));

	for (size_t i = 0; i < value_count(fields); i++) {
		const struct incident_field *f = incident_field_find(value_key(fields, i));
		const struct value *v = value_member(fields, i);

		if (f == NULL)
			continue;
		buf_printf(b, "%s%s: %s → %s", b->n > 0 ? "\n" : "", web_tr(w, "fact", f->label),
		    fact(w, f, value_cstr(value_get(v, "from"))), fact(w, f, value_cstr(value_get(v, "to"))));
	}
	return buf_cstr(w->a, b);
}

/* Reason, evidence, values: what stands below the sentence. */
static const char *
below(struct web *w, const char *action, const struct value *p)
{
	struct buf *b = buf_new(w->a, LIMIT_KIB(64));
	const struct value *values = value_get(p, "values");
	int64_t due = value_integer(value_get(p, "due"));

	if (strcmp(action, "incident.change") == 0)
		return changes(w, value_get(p, "fields"));
	if (strcmp(action, "incident.open") == 0)
		return category_label(w->lang, value_cstr(value_get(p, "rsit")));
	static const char *const texts[] = { "evidence", "reason", "what", "why" };

	for (size_t i = 0; i < COUNT(texts); i++) {
		const char *s = value_cstr(value_get(p, texts[i]));

		if (*s != '\0')
			buf_printf(b, "%s%s", b->n > 0 ? "\n" : "", s);
	}
	if (strcmp(action, "incident.next") == 0 && due != 0)
		buf_printf(b, "%s%s", b->n > 0 ? "\n" : "", web_when(w, due));
	for (size_t i = 0; i < value_count(values); i++)
		buf_printf(b, "%s%.*s", b->n > 0 ? "\n" : "",
		    STR_F(extract_defang_text(w->a, value_str(value_at(values, i)))));
	return buf_cstr(w->a, b);
}

/* What retention erased cannot be named any more. */
static const char *
without_places(struct web *w, const char *text)
{
	struct buf *b = buf_new(w->a, LIMIT_KIB(4));
	bool inside = false;

	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '{')
			buf_text(b, "…");
		inside = *p == '{' || (inside && *p != '}');
		if (!inside && *p != '}')
			buf_char(b, *p);
	}
	return buf_cstr(w->a, b);
}

void
incident_sentence(struct web *w, const char *action, const struct value *p, const char **ret_text,
    const char **ret_more)
{
	const char *text = NULL;

	for (size_t i = 0; i < COUNT(sentences); i++) {
		if (strcmp(sentences[i].action, action) == 0)
			text = sentences[i].text;
	}
	*ret_more = "";
	if (text == NULL) { /* an act of another part: its fixed name */
		*ret_text = action;
		return;
	}
	struct i18n_arg *args = arena_many(w->a, struct i18n_arg, value_count(p) + 1);

	for (size_t i = 0; i < value_count(p); i++)
		args[i] = (struct i18n_arg){ value_key(p, i), place(w, value_key(p, i), value_member(p, i)) };
	*ret_text = value_count(p) > 0 ? web_trf(w, "journal", text, args)
					: without_places(w, web_tr(w, "journal", text));
	*ret_more = below(w, action, p);
}

const char *
incident_who(struct web *w, const char *name)
{
	static const struct web_option others[] = { { "outside", N_("From outside") }, { "reporter", N_("The reporter") },
		{ "mail", N_("By mail") }, { "system", N_("The program") }, { "import", N_("By import") } };

	for (size_t i = 0; name != NULL && i < COUNT(others); i++) {
		if (strcmp(others[i].value, name) == 0)
			return web_tr(w, "story", others[i].label);
	}
	return name;
}
