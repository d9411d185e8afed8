/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/upload_web.h"

#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "http/http.h"
#include "incident/intake_store.h"
#include "web/web.h"

/* Files of strangers are kept for good once a report has them. */
static bool
stranger_may(struct web *w, size_t n, uint64_t bytes)
{
	return web_allow_much(w, "upload-files", (int64_t)n, LIMIT_UPLOAD_PUBLIC_FILES, CLOCK_HOUR) &&
	    web_allow_much(w, "upload-bytes", (int64_t)bytes, (int64_t)LIMIT_UPLOAD_PUBLIC_HOUR, CLOCK_HOUR);
}

void
upload_web_check(struct web *w, const char *field, uint64_t kept, uint64_t max)
{
	size_t n;
	const struct http_file *const *list = web_files(w, field, &n);
	uint64_t bytes = kept;

	for (size_t i = 0; i < n; i++)
		bytes += list[i]->size;
	if (n > LIMIT_UPLOAD_FILES)
		problems_add(&w->problems, field, N_("At most {value} files at once. Pack them into one archive."),
		    arena_printf(w->a, "%d", LIMIT_UPLOAD_FILES));
	else if (bytes > max)
		problems_add(&w->problems, field,
		    N_("Together the files are larger than {value}. Send the most important ones; we tell you how to send the rest."),
		    i18n_size(w->a, w->lang, (int64_t)max));
	else if (n > 0 && w->route->perm == PERM_PUBLIC && !stranger_may(w, n, bytes - kept)) {
		problems_add(&w->problems, field,
		    N_("Many files came from your network within the last hour. Send the report without them; we tell you how to send them."),
		    NULL);
		w->status = 429;
	}
}

/* A type that looks like one; everything else is only bytes. */
static const char *
media_type(struct web *w, struct str s)
{
	bool slash = false;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '/' && i > 0 && !slash)
			slash = true;
		else if (!str_is_alnum(s.p[i]) && str_find_char(STR("!#$&-^_.+"), s.p[i], 0) == SIZE_MAX)
			return "application/octet-stream";
	}
	if (!slash || s.n > LIMIT_NAME || s.p[s.n - 1] == '/')
		return "application/octet-stream";
	return arena_cstr(w->a, s);
}

enum err
upload_web_take(struct web *w, const char *field, const struct upload_to *to, int64_t **ret, size_t *ret_n)
{
	const struct http_file *const *list = web_files(w, field, ret_n);

	*ret = arena_many(w->a, int64_t, *ret_n + 1);
	for (size_t i = 0; i < *ret_n; i++) {
		struct str name = utf8_take(utf8_clean_line(w->a, list[i]->name), LIMIT_NAME);
		struct intake_file f = {
			.message_id = to->message_id,
			.report_id = to->report_id,
			.incident_id = to->incident_id,
			.name = name.n == 0 ? "file" : arena_cstr(w->a, name),
			.media_type = media_type(w, list[i]->media_type),
			.person_id = w->user == NULL ? 0 : w->user->id,
		};

		TRY(intake_file_add(w->db, w->a, list[i]->sink_result, &f, w->now, &(*ret)[i]));
	}
	return OK;
}
