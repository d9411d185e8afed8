/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/phone_web.h"

#include "auth/setting.h"
#include "base/arena.h"
#include "base/buf.h"
#include "web/web.h"

const char *
phone_web_hours(struct web *w)
{
	return web_trf(w, NULL, N_("Business days {open} to {close} ({zone})"),
	    I18N_ARGS({ "open", setting_text(w->db, w->a, "hours.open") },
		{ "close", setting_text(w->db, w->a, "hours.close") },
		{ "zone", setting_text(w->db, w->a, "team.zone") }));
}

void
phone_web(struct web *w)
{
	const char *phone = setting_text(w->db, w->a, "team.phone");
	struct buf *b = buf_new(w->a, 256);

	if (*phone == '\0')
		return;
	/* "03-1234-5678" as "tel:0312345678" */
	buf_text(b, "tel:");
	for (const char *p = phone; *p != '\0'; p++) {
		if (str_is_digit(*p) || (*p == '+' && p == phone))
			buf_char(b, *p);
	}
	value_set_text(w->a, w->data, "phone", phone);
	value_set_text(w->a, w->ui, "phone_href", buf_cstr(w->a, b));
	value_set_text(w->a, w->ui, "phone_hours", phone_web_hours(w));
}
