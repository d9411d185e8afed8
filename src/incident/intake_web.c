/* SPDX-License-Identifier: Apache-2.0 */
/* intake_web.c - POST /intake/mail: one raw mail from a mail server or a relay. */
#include "http/http.h"
#include "incident/message_store.h"
#include "web/web.h"

static enum err
receive(struct web *w)
{
	int64_t id;

	w->json = true;
	/* Even an empty mail is one, when it is called that. */
	if (w->request->body.n == 0 && !str_is(w->request->content_type, "message/rfc822")) {
		web_problem(w, "", N_("There is no mail in the request. Send it as message/rfc822."));
		return ERR_INVALID;
	}
	TRY(message_receive(w->db, w->blobs, w->a, w->request->body, "mail", w->now, &id));
	value_set_int(w->a, w->data, "message", id);
	w->status = 202; /* durable when this is sent; read later */
	return OK;
}

const struct web_route intake_routes[] = {
	{ WEB_POST, "/intake/mail", PERM_INTAKE, receive, WEB_RAW | WEB_NO_CSRF,
	    "Hand in one mail (message/rfc822); 202 when it is durable" },
	{ 0 },
};
