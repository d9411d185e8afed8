/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies. The loop only puts bytes into a buffer. A multipart body is read by
 * a worker whenever its window is full, so that sinks may block on a disk; any
 * other body is kept whole (its limit is known before) and read at the end.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "http/http_form.h"
#include "http/http_priv.h"

struct upload {
	struct request *r;
	struct http_multipart *reader;
	struct http_part part; /* being read; its texts are in the arena */
	enum { PART_SKIP, PART_TEXT, PART_FILE } kind;
	void *file;	 /* the sink's, or NULL */
	uint64_t size;	 /* of the part */
	size_t texts;	 /* bytes of all text parts */
	struct buf text; /* of the part */
	struct http_field *form;
	size_t forms, forms_size;
	struct http_file *files;
	size_t n_files;
	int status; /* why a sink function failed */
};

static int
status_of(enum err e)
{
	switch (e) {
	case ERR_LIMIT:
		return 413;
	case ERR_DENIED:
		return 403;
	case ERR_INVALID:
		return 400;
	case ERR_UNAVAILABLE:
	case ERR_TIMEOUT:
		return 503;
	default:
		return 500;
	}
}

/* Remembers the status, because the reader's own failures are the client's. */
static enum err
sink_failed(struct upload *u, enum err e)
{
	if (e != OK)
		u->status = status_of(e);
	return e;
}

static enum err
part_begin(void *object, const struct http_part *part)
{
	struct upload *u = object;
	const struct http_sink *sink = &u->r->server->c.sink;

	u->part = *part;
	u->size = 0;
	buf_clear(&u->text);
	u->kind = PART_TEXT;
	if (!part->is_file)
		return OK;
	/* An empty field for a file is sent as a file without name. */
	u->kind = PART_SKIP;
	if (part->file_name.n == 0)
		return OK;
	if (sink->open == NULL)
		return sink_failed(u, ERR_DENIED);
	if (u->n_files == LIMIT_UPLOAD_FILES)
		return ERR_LIMIT;
	u->kind = PART_FILE;
	return sink_failed(u,
	    sink->open(sink->object, &u->r->pub, part->name, part->file_name, &u->file));
}

static enum err
part_data(void *object, struct str bytes)
{
	struct upload *u = object;

	u->size += bytes.n;
	switch (u->kind) {
	case PART_SKIP:
		return OK;
	case PART_TEXT:
		u->texts += bytes.n;
		if (u->texts > LIMIT_HTTP_FORM)
			return ERR_LIMIT;
		buf_str(&u->text, bytes);
		return buf_error(&u->text);
	case PART_FILE:
		break;
	}
	if (u->size > LIMIT_UPLOAD_FILE)
		return ERR_LIMIT;
	return sink_failed(u, u->r->server->c.sink.write(u->file, bytes.p, bytes.n));
}

static enum err
text_end(struct upload *u)
{
	if (!utf8_valid(buf_view(&u->text)))
		return ERR_INVALID;
	if (u->forms == LIMIT_HTTP_FIELDS)
		return ERR_LIMIT;
	if (u->forms == u->forms_size) {
		size_t size = u->forms_size == 0 ? 16 : u->forms_size * 2;
		struct http_field *form = arena_many(u->r->a, struct http_field, size);

		if (u->forms > 0)
			memcpy(form, u->form, u->forms * sizeof(*form));
		u->form = form;
		u->forms_size = size;
	}
	u->form[u->forms].name = u->part.name;
	u->form[u->forms].value = arena_str(u->r->a, buf_view(&u->text));
	u->forms++;
	return OK;
}

static enum err
file_end(struct upload *u)
{
	struct http_file *file = &u->files[u->n_files];
	void *open = u->file;

	u->file = NULL;
	TRY(sink_failed(u, u->r->server->c.sink.close(open, true, &file->sink_result)));
	file->field = u->part.name;
	file->name = u->part.file_name;
	file->media_type = u->part.media_type;
	file->size = u->size;
	u->n_files++;
	return OK;
}

static enum err
part_end(void *object)
{
	struct upload *u = object;

	switch (u->kind) {
	case PART_TEXT:
		return text_end(u);
	case PART_FILE:
		return file_end(u);
	case PART_SKIP:
		break;
	}
	return OK;
}

static int
upload_begin(struct request *r)
{
	struct upload *u = arena_one(r->a, struct upload);
	struct http_part_sink sink = { part_begin, part_data, part_end, u };
	struct str boundary =
	    http_parameter(r->a, http_header(&r->pub, "content-type"), STR("boundary"));

	if (http_multipart_new(r->a, boundary, &sink, &u->reader) != OK)
		return 400;
	u->r = r;
	buf_init(&u->text, LIMIT_HTTP_FORM);
	u->files = arena_many(r->a, struct http_file, LIMIT_UPLOAD_FILES);
	r->upload = u;
	return 0;
}

void
body_begin(struct request *r)
{
	struct str type = r->pub.content_type;

	if (r->limit == 0) {
		r->body = BODY_DROP;
		r->pub.body_refused = true;
		return;
	}
	if (str_is(type, "multipart/form-data")) {
		r->body = BODY_MULTIPART;
		buf_init(&r->bytes, WINDOW);
		r->failed = upload_begin(r);
	} else {
		r->body = BODY_RAW;
		if (str_is(type, "application/x-www-form-urlencoded")) {
			r->body = BODY_FORM;
			if (r->limit > LIMIT_HTTP_FORM)
				r->limit = LIMIT_HTTP_FORM;
		} else if (str_is(type, "application/json") && r->limit > LIMIT_HTTP_JSON) {
			r->limit = LIMIT_HTTP_JSON;
		}
		buf_init(&r->bytes, r->limit);
	}
}

int
body_window(struct request *r)
{
	struct upload *u = r->upload;
	size_t used = 0;

	u->status = 0;
	enum err e = http_multipart_feed(u->reader, buf_view(&r->bytes), &used);

	if (e != OK)
		return u->status != 0 ? u->status : status_of(e);
	memmove(r->bytes.p, r->bytes.p + used, r->bytes.n - used);
	r->bytes.n -= used;
	return 0;
}

int
body_end(struct request *r)
{
	enum err e;

	switch (r->body) {
	case BODY_FORM:
		e = http_form_parse(r->a, buf_view(&r->bytes), &r->pub.form, &r->pub.forms);
		return e == OK ? 0 : status_of(e);
	case BODY_MULTIPART: {
		int status = r->bytes.n > 0 ? body_window(r) : 0;

		if (status != 0)
			return status;
		if (http_multipart_finish(r->upload->reader) != OK)
			return 400;
		r->pub.form = r->upload->form;
		r->pub.forms = r->upload->forms;
		r->pub.file = r->upload->files;
		r->pub.files = r->upload->n_files;
		return 0;
	}
	case BODY_RAW:
		r->pub.body = buf_view(&r->bytes);
		return 0;
	case BODY_NONE:
	case BODY_DROP:
		break;
	}
	return 0;
}

void
body_free(struct request *r)
{
	const struct http_sink *sink = &r->server->c.sink;
	struct upload *u = r->upload;

	buf_done(&r->bytes);
	if (u == NULL)
		return;
	buf_done(&u->text);
	if (u->file != NULL) {
		void *nothing = NULL;

		(void)sink->close(u->file, false, &nothing); /* it is thrown away */
	}
	/* The handler has taken them over unless it never ran. */
	if (!r->handled && sink->discard != NULL)
		for (size_t i = 0; i < u->n_files; i++)
			sink->discard(sink->object, u->files[i].sink_result);
}
