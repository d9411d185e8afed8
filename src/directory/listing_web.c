/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listing_web.c - /directory/transfer: a file in, a file out. The first look at
 * a file changes nothing and names every bad row by its number; the second
 * request imports the good ones.
 */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "blob/blob.h"
#include "directory/demonstration_store.h"
#include "directory/directory_web.h"
#include "directory/listing_store.h"
#include "http/http.h"

#define TITLE N_("Import and export")
#define FILE_MAX LIMIT_KIB(1536) /* it comes back in the page's form; larger ones: the command */
#define FAULTS_SHOWN 200

static enum err
page(struct web *w)
{
	directory_tabs(w, "/directory/transfer");
	value_set_int(w->a, w->ui, "kib", (int64_t)(FILE_MAX / 1024));
	return web_again(w, "transfer", TITLE);
}

static enum err
show(struct web *w)
{
	return page(w);
}

/* The uploaded file, or else the text of the field. */
static enum err
text_of(struct web *w, struct str *ret)
{
	size_t n;
	const struct http_file *const *file = web_files(w, "file", &n);
	int64_t blob;

	*ret = web_form_str(w, "text");
	if (n == 0 || file[0]->size == 0)
		return OK;
	if (file[0]->size > FILE_MAX)
		return ERR_LIMIT;
	TRY(blob_adopt(file[0]->sink_result, w->db, w->now, &blob));
	return blob_get(w->blobs, w->db, w->a, blob, FILE_MAX, ret);
}

static void
tell(struct web *w, const struct listing *l, const struct listing_result *r, struct str text)
{
	struct value *o = value_set_object(w->a, w->ui, "look"), *list = value_set_list(w->a, w->data, "faults");

	for (size_t i = 0; i < l->faults; i++) {
		struct value *v;

		if (!w->json && i == FAULTS_SHOWN)
			break;
		v = value_add_object(w->a, list);
		value_set_int(w->a, v, "line", (int64_t)l->fault[i].line);
		value_set_text(w->a, v, "message",
		    i18n_fill(w->a, web_tr(w, NULL, l->fault[i].message), I18N_ARGS({ "value", l->fault[i].value })));
	}
	value_set_int(w->a, w->data, "rows", (int64_t)l->n);
	value_set_int(w->a, w->data, "bad", (int64_t)l->bad);
	value_set_int(w->a, w->data, "organisations", r->organisations);
	value_set_int(w->a, w->data, "known", r->known);
	value_set_int(w->a, w->data, "contacts", r->contacts);
	value_set_int(w->a, w->data, "scopes", r->scopes);
	value_set_str(w->a, o, "text", text);
	value_set_bool(w->a, o, "has_faults", l->faults > 0);
	value_set_bool(w->a, o, "has_rows", l->n > 0);
	value_set_text(w->a, o, "rows", i18n_number(w->a, (int64_t)l->n));
	value_set_text(w->a, o, "bad", i18n_number(w->a, (int64_t)l->bad));
	value_set_text(w->a, o, "organisations", i18n_number(w->a, r->organisations));
	value_set_text(w->a, o, "known", i18n_number(w->a, r->known));
	value_set_text(w->a, o, "contacts", i18n_number(w->a, r->contacts));
	value_set_text(w->a, o, "scopes", i18n_number(w->a, r->scopes));
	value_set_text(w->a, o, "more",
	    l->faults > FAULTS_SHOWN ? i18n_number(w->a, (int64_t)(l->faults - FAULTS_SHOWN)) : NULL);
	value_set_text(w->a, o, "button",
	    i18n_fill(w->a, i18n_plural(w->lang, NULL, "Import {n} good row", "Import {n} good rows", (int64_t)l->n),
		I18N_ARGS({ "n", i18n_number(w->a, (int64_t)l->n) })));
}

static enum err
take(struct web *w)
{
	bool really = strcmp(web_form(w, "act"), "import") == 0;
	struct listing_result r = { 0 };
	struct listing l = { 0 };
	struct str text;
	enum err e = text_of(w, &text);

	if (e == OK && str_trim(text).n == 0)
		web_problem(w, "file", N_("Choose a file, or paste its text."));
	else if (e == OK)
		e = listing_any(w->a, text, &l);
	if (e == ERR_LIMIT)
		web_problem(w, "file", N_("The file is too large for this page. Use the command: tobiguchi directory import"));
	else if (e == ERR_INVALID)
		web_problem(w, "file", N_("This is neither a vCard nor a CSV file whose first line names the columns, one of them “name”."));
	else if (e != OK)
		return e;
	if (problems_any(&w->problems))
		return page(w);
	TRY(listing_import(w->db, w->a, &l, !really, web_actor(w), &r));
	tell(w, &l, &r, text);
	if (!really)
		return page(w);
	return web_redirect(w, "/directory?sort=changed", N_("Imported"), 0);
}

static enum err
send_list(struct web *w)
{
	bool vcard = strcmp(web_path(w, "name"), "directory.vcf") == 0;
	struct buf *b = buf_new(w->a, LIMIT_IMPORT);

	if (!vcard && strcmp(web_path(w, "name"), "directory.csv") != 0)
		return ERR_NOT_FOUND;
	TRY(listing_export(w->db, vcard, strcmp(web_query(w, "member"), "1") == 0, b));
	if (!vcard)
		return web_csv(w, "directory.csv", buf_view(b));
	web_header(w, "Content-Disposition", "attachment; filename=\"directory.vcf\"");
	return web_bytes(w, "text/vcard; charset=utf-8", buf_view(b));
}

static enum err
demonstration(struct web *w)
{
	struct listing_result r;

	TRY(demonstration_load(w->db, w->a, web_actor(w), &r));
	value_set_int(w->a, w->data, "organisations", r.organisations);
	return web_redirect(w, "/directory", N_("Demonstration set loaded"), 0);
}

const struct web_route listing_routes[] = {
	{ WEB_GET, "/directory/transfer", PERM_DIRECTORY_READ, show, 0, "The page of import and export" },
	{ WEB_POST, "/directory/import", PERM_DIRECTORY_EDIT, take, WEB_FILES,
	    "A list as CSV or vCard: file or text; act = look (what would happen), import (the good rows)" },
	{ WEB_GET, "/directory/export/:name", PERM_DIRECTORY_READ, send_list, 0,
	    "The directory as directory.csv or directory.vcf; member = 1" },
	{ WEB_POST, "/directory/demonstration", PERM_DIRECTORY_EDIT, demonstration, 0,
	    "Load the demonstration set: the teams that the sources name" },
	{ 0 },
};
