/* SPDX-License-Identifier: Apache-2.0 */
/*
 * team_web.h - what the pages of this folder share.
 *
 * The folder is the team itself: who belongs to it and how they sign in, what
 * it has decided (settings), what its server does (jobs, journal, keys), and
 * what it shows to the public about itself.
 */
#ifndef TEAM_TEAM_WEB_H
#define TEAM_TEAM_WEB_H

#include "web/web.h"

/* Choice lists ui.@langs, ui.@zones, ui.@roles. */
void team_web_langs(struct web *w, enum lang chosen);
void team_web_zones(struct web *w, const char *chosen);
void team_web_roles(struct web *w, enum role chosen);

/* ui.admin_nav: the administration pages that this person may see. */
void team_web_admin_nav(struct web *w, const char *current);

/* The journal's names in words; unknown ones as they are. */
const char *team_act_text(struct web *w, const char *action);
const char *team_object_text(struct web *w, const char *object);
/* A payload as "name: value" words, cut to some lines. */
const char *team_detail_text(struct web *w, const struct value *payload);

/* Where this server is: as set, else as this administrator reached it. */
const char *team_web_base_url(struct web *w);

/* A session for ${user} in this transaction: cookies, journal entry. The
 * session of this request ends. */
MUST_USE enum err team_web_sign_in(struct web *w, const struct user *user, const struct auth_sign_in *s);

/* A new password in fields "password" and "password_again": problems are added
 * at them. */
struct str team_web_new_password(struct web *w, struct str email);

extern const struct web_route team_sign_in_routes[], team_link_routes[], team_account_routes[],
    team_admin_routes[], team_user_routes[], team_setting_routes[], team_job_routes[],
    team_journal_routes[], team_key_routes[], team_smime_routes[], team_public_routes[], team_template_routes[], team_rule_routes[],
    team_palette_routes[], team_on_call_routes[], team_handover_routes[];

#endif
