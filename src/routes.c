/* SPDX-License-Identifier: Apache-2.0 */
/* routes.c - the pages of all modules: one table a module. */
#include "collector/collect_web.h"
#include "decision/decision_web.h"
#include "incident/incident_page.h"
#include "observation/observe.h"
#include "vulnerability/vulnerability_web.h"
#include "web/web.h"

extern const struct web_route web_kit_routes[];
extern const struct web_route intake_routes[];
extern const struct web_route entry_routes[];
extern const struct web_route report_form_routes[];
extern const struct web_route report_status_routes[];
extern const struct web_route team_sign_in_routes[];
extern const struct web_route team_link_routes[];
extern const struct web_route team_account_routes[];
extern const struct web_route team_user_routes[];
extern const struct web_route team_setting_routes[];
extern const struct web_route team_public_routes[];
extern const struct web_route team_admin_routes[];
extern const struct web_route team_job_routes[];
extern const struct web_route team_key_routes[];
extern const struct web_route team_smime_routes[];
extern const struct web_route team_template_routes[];
extern const struct web_route team_rule_routes[];
extern const struct web_route team_palette_routes[];
extern const struct web_route team_on_call_routes[];
extern const struct web_route team_handover_routes[];
extern const struct web_route team_journal_routes[];
extern const struct web_route retention_routes[];
extern const struct web_route home_routes[];
extern const struct web_route statistics_routes[];
extern const struct web_route next_routes[];
extern const struct web_route phishing_routes[];
extern const struct web_route coordination_routes[];
extern const struct web_route incident_routes[];
extern const struct web_route incident_act_routes[];
extern const struct web_route incident_edit_routes[];
extern const struct web_route incident_list_routes[];
extern const struct web_route incident_state_routes[];
extern const struct web_route view_routes[];
extern const struct web_route notice_routes[];
extern const struct web_route snippet_routes[];
extern const struct web_route watch_routes[];
extern const struct web_route inbox_routes[];
extern const struct web_route bulk_routes[];
extern const struct web_route report_routes[];
extern const struct web_route triage_routes[];
extern const struct web_route search_routes[];
extern const struct web_route party_routes[];
extern const struct web_route letter_routes[];
extern const struct web_route thread_routes[];
extern const struct web_route message_routes[];
extern const struct web_route course_routes[];
extern const struct web_route directory_list_routes[];
extern const struct web_route organisation_routes[];
extern const struct web_route contact_routes[];
extern const struct web_route wkd_routes[];
extern const struct web_route relation_routes[];
extern const struct web_route board_routes[];
extern const struct web_route brand_routes[];
extern const struct web_route picture_routes[];
extern const struct web_route site_add_routes[];
extern const struct web_route site_bulk_routes[];
extern const struct web_route site_web_routes[];
extern const struct web_route responsible_routes[];
extern const struct web_route organisation_case_routes[];
extern const struct web_route listing_routes[];
extern const struct web_route relation_map_routes[];
extern const struct web_route contact_test_routes[];
extern const struct web_route mailing_web_routes[];
extern const struct web_route find_routes[];
extern const struct web_route answer_routes[];

extern const struct web_route collect_routes[];
extern const struct web_route sensors_routes[];
extern const struct web_route decision_task_routes[];
extern const struct web_route decision_bring_routes[];
extern const struct web_route decision_disagree_routes[];
extern const struct web_route decision_model_routes[];
extern const struct web_route decision_edit_routes[];
extern const struct web_route vulnerability_routes[];
extern const struct web_route decision_edit_fact_routes[];
extern const struct web_route decision_practice_routes[];
extern const struct web_route decision_taken_routes[];
extern const struct web_route decision_worksheet_routes[];
extern const struct web_route decision_case_routes[];
extern const struct web_route question_routes[];
extern const struct web_route graph_routes[];
extern const struct web_route quarterly_routes[];
extern const struct web_route scanner_routes[];
extern const struct web_route sighting_routes[];
extern const struct web_route exchange_routes[];
extern const struct web_route exchange_fetch_routes[];
extern const struct web_route open_data_routes[];
const struct web_route *const web_modules[] = {
	web_kit_routes,
	intake_routes,
	entry_routes,
	report_form_routes,
	report_status_routes,
	team_sign_in_routes,
	team_link_routes,
	team_account_routes,
	team_user_routes,
	team_setting_routes,
	team_public_routes,
	team_admin_routes,
	team_job_routes,
	team_key_routes,
	team_smime_routes,
	team_template_routes,
	team_rule_routes,
	team_palette_routes,
	team_on_call_routes,
	team_handover_routes,
	team_journal_routes,
	retention_routes,
	home_routes,
	statistics_routes,
	next_routes,
	phishing_routes,
	coordination_routes,
	incident_routes,
	incident_act_routes,
	incident_edit_routes,
	incident_list_routes,
	incident_state_routes,
	view_routes,
	notice_routes,
	snippet_routes,
	watch_routes,
	inbox_routes,
	bulk_routes,
	report_routes,
	triage_routes,
	search_routes,
	party_routes,
	letter_routes,
	thread_routes,
	message_routes,
	course_routes,
	directory_list_routes,
	organisation_routes,
	contact_routes,
	wkd_routes,
	relation_routes,
	board_routes,
	brand_routes,
	picture_routes,
	site_add_routes,
	site_bulk_routes,
	site_web_routes,
	responsible_routes,
	organisation_case_routes,
	listing_routes,
	relation_map_routes,
	contact_test_routes,
	mailing_web_routes,
	find_routes,
	answer_routes,
	collect_routes,
	sensors_routes,
	decision_task_routes,
	decision_bring_routes,
	decision_disagree_routes,
	decision_model_routes,
	decision_edit_routes,
	vulnerability_routes,
	decision_edit_fact_routes,
	decision_practice_routes,
	decision_taken_routes,
	decision_worksheet_routes,
	decision_case_routes,
	question_routes,
	graph_routes,
	quarterly_routes,
	scanner_routes,
	sighting_routes,
	exchange_routes,
	exchange_fetch_routes,
	open_data_routes,
	NULL,
};

/* How to take back an act: one table a module that has such acts. */
extern const struct web_undo incident_act_undos[];
extern const struct web_undo incident_list_undos[];
extern const struct web_undo incident_state_undos[];
extern const struct web_undo view_undos[];
extern const struct web_undo snippet_undos[];
extern const struct web_undo team_on_call_undos[];
extern const struct web_undo watch_undos[];
extern const struct web_undo bulk_undos[];
extern const struct web_undo picture_undos[];
extern const struct web_undo report_undos[];
extern const struct web_undo party_undos[];
extern const struct web_undo letter_undos[];
extern const struct web_undo organisation_undos[];
extern const struct web_undo contact_undos[];
extern const struct web_undo relation_undos[];
extern const struct web_undo site_add_undos[];
extern const struct web_undo site_bulk_undos[];
extern const struct web_undo contact_test_undos[];
extern const struct web_undo decision_bring_undos[];
extern const struct web_undo decision_case_undos[];
extern const struct web_undo decision_edit_undos[];
extern const struct web_undo decision_model_undos[];
extern const struct web_undo decision_practice_undos[];
extern const struct web_undo decision_taken_undos[];
extern const struct web_undo decision_task_undos[];
const struct web_undo *const web_undos[] = {
	incident_act_undos,
	incident_list_undos,
	incident_state_undos,
	view_undos,
	snippet_undos,
	team_on_call_undos,
	watch_undos,
	bulk_undos,
	picture_undos,
	report_undos,
	party_undos,
	letter_undos,
	organisation_undos,
	contact_undos,
	relation_undos,
	site_add_undos,
	site_bulk_undos,
	contact_test_undos,
	decision_bring_undos,
	decision_case_undos,
	decision_edit_undos,
	decision_model_undos,
	decision_practice_undos,
	decision_taken_undos,
	decision_task_undos,
	NULL,
};

/* What modules add to /metrics. */
const web_metrics_fn web_metrics_modules[] = {
	collect_metrics,
	observe_metrics,
	NULL,
};

/* What facts can be filled in from. */
const struct web_option *const decision_sources = vulnerability_sources;

/* What other modules add to the page of a decision. */
const decision_panel decision_panels[] = {
	vulnerability_panel,
	NULL,
};

/* What other modules add to the page of an incident. */
extern enum err site_add_panel(struct web *w, const struct incident *i);
const struct incident_panel incident_panels[] = {
	{ site_add_panel },
	{ 0 },
};
