/* SPDX-License-Identifier: Apache-2.0 */
/* sign_in_web.c - the doors of the team: sign in, second step, sign out. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "http/http.h"
#include "journal/journal.h"
#include "team/team_web.h"
#include "web/web_state.h"

/* One sentence for all that can be wrong, or it would tell who has an account
 * and which ones are locked. */
#define WRONG N_("This did not match, or the account waits after too many tries. Check the address and the password; after several tries wait an hour at most, or ask your administrator.")
#define WRONG_CODE N_("This code did not match. Codes change every 30 seconds and work once; check the clock of your device.")

static enum err
page(struct web *w)
{
	web_fill(w, "next", web_local(w, str_of(web_query(w, "next")), ""));
	return web_page(w, "sign_in", N_("Sign in"));
}

static enum err
show(struct web *w)
{
	if (w->user != NULL)
		return web_redirect(w, web_local(w, str_of(web_query(w, "next")), "/home"), NULL, 0);
	return page(w);
}

static enum err
prepare(struct web *w)
{
	struct auth_sign_in *s = arena_one(w->a, struct auth_sign_in);

	w->prepared = s;
	if (!web_allow(w, "sign-in", 60, 10 * CLOCK_MINUTE)) {
		web_problem(w, "", N_("Too many tries from your network. Wait ten minutes."));
		w->status = 429;
		return web_again(w, "sign_in", N_("Sign in"));
	}
	TRY(auth_sign_in_load(w->db, w->a, web_form_str(w, "email"), w->now, s));
	auth_sign_in_check(s, web_form_str(w, "password"));
	return OK;
}

/* That an account is locked now is worth an entry; each failure is not. */
static enum err
note_lock(struct web *w, const struct auth_sign_in *s)
{
	struct value *payload = value_object(w->a);

	if (s->user == 0 || s->result == AUTH_LOCKED || s->locked_until <= w->now)
		return OK;
	value_set_int(w->a, payload, "failures", s->failures);
	value_set_text(w->a, payload, "until", zone_iso(w->a, zone_utc(), s->locked_until));
	return web_journal(w, "user.lock", "user", s->user, payload);
}

static enum err
done(struct web *w, const struct auth_sign_in *s)
{
	struct user u;

	TRY(user_get(w->db, w->a, s->user, &u));
	TRY(team_web_sign_in(w, &u, s));
	value_set_int(w->a, w->data, "user", u.id);
	if (u.must_change)
		return web_redirect(w, "/me#password", N_("Choose a password of your own"), 0);
	return web_redirect(w, web_local(w, web_form_str(w, "next"), "/home"), NULL, 0);
}

static enum err
sign_in(struct web *w)
{
	struct auth_sign_in *s = w->prepared;

	TRY(auth_sign_in_save(w->db, w->a, s, w->now));
	if (s->result == AUTH_DONE)
		return done(w, s);
	if (s->result == AUTH_CODE) {
		web_set_cookie(w, "session", s->cookie, s->max_age);
		return web_redirect(w,
		    arena_printf(w->a, "/sign-in/code?next=%s",
			web_escape(w, web_local(w, web_form_str(w, "next"), ""))),
		    NULL, 0);
	}
	TRY(note_lock(w, s));
	web_problem(w, "", WRONG);
	w->keep = true; /* the failure counts */
	return web_again(w, "sign_in", N_("Sign in"));
}

static enum err
show_code(struct web *w)
{
	if (w->user != NULL)
		return web_redirect(w, "/home", NULL, 0);
	if (w->auth.pending == 0)
		return web_redirect(w, "/sign-in", NULL, 0);
	web_fill(w, "next", web_local(w, str_of(web_query(w, "next")), ""));
	return web_page(w, "totp", N_("Second step"));
}

/* It may have been somebody who found the paper. */
static enum err
note_recovery(struct web *w, const struct auth_sign_in *s)
{
	struct value *p = value_object(w->a);
	struct user u;
	int64_t left;

	TRY(user_get(w->db, w->a, s->user, &u));
	TRY(totp_recovery_left(w->db, u.id, &left));
	value_set_int(w->a, p, "left", left);
	return journal_write(w->db, w->a,
	    &(struct journal_entry){
		.at = w->now,
		.actor = u.id,
		.actor_name = u.name,
		.action = "user.recovery-code",
		.object = "user",
		.object_id = u.id,
		.payload = p,
	    });
}

static enum err
sign_in_code(struct web *w)
{
	struct auth_sign_in s;

	if (w->auth.pending == 0)
		return web_redirect(w, "/sign-in", N_("That took too long. Begin again"), 0);
	TRY(auth_second_factor(w->db, w->a, web_key(w->state), http_cookie(w->request, "session"),
	    web_form_str(w, "code"), w->now, &s));
	if (s.result == AUTH_DONE && s.recovery)
		TRY(note_recovery(w, &s));
	if (s.result == AUTH_DONE)
		return done(w, &s);
	TRY(note_lock(w, &s));
	web_problem(w, "code", WRONG_CODE);
	w->keep = true;
	return web_again(w, "totp", N_("Second step"));
}

static enum err
sign_out(struct web *w)
{
	if (w->auth.session_id == 0)
		return ERR_DENIED; /* a token is revoked, not signed out */
	TRY(auth_sign_out(w->db, w->auth.session_id));
	web_set_cookie(w, "session", "", 0);
	return web_redirect(w, "/sign-in", NULL, 0);
}

const struct web_route team_sign_in_routes[] = {
	{ WEB_GET, "/sign-in", PERM_PUBLIC, show, 0, "The sign-in page" },
	{ WEB_POST, "/sign-in", PERM_PUBLIC, sign_in, 0, "Sign in: email, password, next", prepare },
	{ WEB_GET, "/sign-in/code", PERM_PUBLIC, show_code, 0, "The page of the second step" },
	{ WEB_POST, "/sign-in/code", PERM_PUBLIC, sign_in_code, 0, "The second step: code, next" },
	{ WEB_POST, "/sign-out", PERM_SIGNED_IN, sign_out, 0, "End this session" },
	{ 0 },
};
