/* SPDX-License-Identifier: Apache-2.0 */
/*
 * letter.h - letters to parties: their words, and whether they may leave. Pure.
 */
#ifndef INCIDENT_LETTER_H
#define INCIDENT_LETTER_H

#include "base/zone.h"
#include "directory/tlp.h"
#include "text/i18n.h"

/* Ready letters: English msgids of the context "mail", with places {ref}, {org} …
 * A place for which there is no value stays as it is, and stops the letter. */
struct letter_template {
	const char *name; /* NULL ends the table */
	const char *kind; /* notification.kind */
	const char *label; /* context "letter" */
	const char *subject, *body;
};
extern const struct letter_template letter_templates[];
const struct letter_template *letter_template_find(const char *name); /* NULL: there is none */

/* takedown investigation information warning forward thanks: what a person may
 * choose. The program alone writes "owner" (takedown/owner_store.h). */
extern const char *const letter_kinds[];
const char *letter_kind_label(const char *kind); /* context "letter" */
/* Does a letter of this kind ask for something, so that silence counts? */
bool letter_kind_asks(const char *kind);

/* "[INC-2026-00042] [TLP:AMBER] ${subject}"; tags that stand there already are
 * not doubled, a "Re:" before them is kept out. */
const char *letter_subject(struct arena *a, const char *ref, enum tlp tlp, const char *subject);
/* The reverse: what stands after the tags. */
struct str letter_subject_plain(struct str subject);

/* Label and what it means, text, "-- ", signature; ends with a line feed. */
const char *letter_body(struct arena *a, enum lang lang, enum tlp tlp, struct str text, const char *signature);
/* The reverse: the text between. */
struct str letter_body_text(struct str body);

/* "0123 4567 …" for comparing by eye. */
const char *letter_fingerprint(struct arena *a, const char *fingerprint);
/* What is answered, each line after "> ", at most two levels deep and ${lines}
 * lines; their signature is left out. */
const char *letter_quote(struct arena *a, struct str text, size_t lines);
/* "{brand}, {due}": places that nobody filled; "" when there are none. */
const char *letter_open_places(struct arena *a, const char *subject, struct str text);

/* What the gate looks at. */
struct letter_check {
	enum tlp label;	 /* of the letter */
	enum tlp input;	 /* the strictest of what it may hold: incident, its reports */
	const char *address, *person; /* of the party; NULL or "" = none */
	const char *key;      /* fingerprint that it is encrypted to, or NULL */
	bool key_expired;     /* there is one, but it may no longer be used */
	bool own_key;	      /* it will be signed */
	const char *open;     /* letter_open_places() */
	const char *named;    /* a reporter in it who did not agree to be named, or NULL */
	bool live;	      /* holds addresses that can be clicked on */
	bool removed;	      /* the party was taken off the incident */
};
enum letter_state { LETTER_GOOD, LETTER_NOTE, LETTER_CONFIRM, LETTER_STOP };
struct letter_finding {
	const char *name;  /* for "confirm" */
	enum letter_state state;
	const char *title, *note; /* msgids of the context "gate"; places {value}, {label} */
	const char *value;
};
#define LETTER_FINDINGS 8
/* In reading order; the number of them. */
size_t letter_gate(const struct letter_check *c, struct letter_finding ret[LETTER_FINDINGS]);

#endif
