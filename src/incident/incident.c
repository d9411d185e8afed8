/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/incident.h"

#include <string.h>

#include "text/i18n.h"

const char *const incident_states[] = { "open", "closed", NULL };
const char *const incident_phases[] = { "analysis", "coordination", "monitoring", NULL };
const char *const incident_resolutions[] = { "resolved", "no-response", "no-action", "out-of-scope",
	"false-positive", "duplicate", NULL };
const char *const incident_party_roles[] = { "incident-site", "source-host", "reporter", "brand",
	"peer-csirt", "isp", "downstream-victim", "law-enforcement", "other", NULL };
const char *const incident_indicator_roles[] = { "source", "target", "infrastructure", "victim",
	"related", NULL };

static const char *const state_labels[] = { N_("Open"), N_("Closed") };
static const char *const phase_labels[] = { N_("Analysing"), N_("Coordinating"), N_("Watching") };
static const char *const resolution_labels[] = { N_("Resolved"), N_("No response"),
	N_("No action possible"), N_("Out of scope"), N_("False positive"), N_("Duplicate") };
static const char *const party_labels[] = { N_("Incident site"), N_("Source host"), N_("Reporter"),
	N_("Imitated brand"), N_("CSIRT"), N_("Provider"), N_("Downstream victim"),
	N_("Law enforcement"), N_("Other") };
static const char *const indicator_labels[] = { N_("Source"), N_("Target"), N_("Infrastructure"),
	N_("Victim"), N_("Related") };

const char *
incident_label(const char *const *list, const char *name)
{
	static const struct {
		const char *const *names, *const *labels;
	} tables[] = {
		{ incident_states, state_labels },
		{ incident_phases, phase_labels },
		{ incident_resolutions, resolution_labels },
		{ incident_party_roles, party_labels },
		{ incident_indicator_roles, indicator_labels },
	};

	for (size_t t = 0; t < COUNT(tables); t++) {
		if (tables[t].names != list)
			continue;
		for (size_t i = 0; list[i] != NULL; i++) {
			if (name != NULL && strcmp(list[i], name) == 0)
				return tables[t].labels[i];
		}
	}
	return name == NULL ? "" : name;
}
