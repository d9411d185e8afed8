/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exchange_store.h - recipients of the daily exchange and their files, in the
 * database. Whatever changes or leaves is journalled (object "exchange").
 */
#ifndef OBSERVATION_EXCHANGE_STORE_H
#define OBSERVATION_EXCHANGE_STORE_H

#include "journal/journal.h"
#include "observation/exchange.h"

struct blob_in;
struct blob_store;
struct db;
struct user;

struct exchange { /* a recipient */
	int64_t id, organisation_id;
	const char *country, *form, *channel, *tlp;
	bool together, encrypt;
	int64_t contact_id;
	bool active;
	int64_t active_from; /* day; while active */
	bool has_token;
	int64_t token_at, created_at, version;
	/* of the directory */
	const char *organisation, *organisation_en, *lang, *max_tlp;
	bool removed;
	const char *email, *person; /* of the contact while it may be written to, else NULL */
	bool has_key;		    /* one that works now, for that address */
};

/* ${now}: whether keys are still good. By country, then by name. */
MUST_USE enum err exchange_list(struct db *db, struct arena *a, int64_t now, struct exchange **ret, size_t *ret_n);
MUST_USE enum err exchange_get(struct db *db, struct arena *a, int64_t id, int64_t now, struct exchange *ret);
/* Only one that is switched on. ERR_NOT_FOUND. */
MUST_USE enum err exchange_of_token(struct db *db, struct arena *a, struct str token, int64_t now, struct exchange *ret);
struct exchange_check exchange_check_of(const struct exchange *x);

/* Switched off. ERR_EXISTS: it has that country already. */
MUST_USE enum err exchange_add(struct db *db, struct arena *a, const struct exchange *x, struct actor by, int64_t *ret);
/* country, form, together, channel, contact, encrypt, tlp. ERR_EXISTS; ERR_CONFLICT: ${x->version} is not the present one. */
MUST_USE enum err exchange_change(struct db *db, struct arena *a, const struct exchange *x, struct actor by);
/* On from day ${from}; 0: off. ERR_CONFLICT as above. */
MUST_USE enum err exchange_switch(struct db *db, struct arena *a, const struct exchange *x, int64_t from, struct actor by);
/* A new one; the old one is void. */
MUST_USE enum err exchange_token_new(struct db *db, struct arena *a, const struct exchange *x, struct actor by, const char **ret);

/* What the directory knows: countries that an organisation answers for (its own and
 * its scopes), in order, without doubles. */
MUST_USE enum err exchange_countries(struct db *db, struct arena *a, int64_t organisation, const char ***ret, size_t *ret_n);
/* Whom one would choose: CSIRTs, authorities and communities: list of {id, name, cc}, at most 1000. */
MUST_USE enum err exchange_candidates(struct db *db, struct arena *a, bool english, struct value *list);

struct exchange_file {
	int64_t id, exchange_id, day;
	const char *state, *form;
	bool together;
	int64_t records, events, left_out, bytes, blob_id, message_id;
	const char *error; /* of the file or its mail; or NULL */
	int64_t made_at, sent_at, fetched_at, fetches;
	const char *feedback;
	int64_t incident_id;
	const char *incident; /* its reference, or NULL */
	int64_t version;
	const char *message_state; /* or NULL */
	const char *crypto;	   /* of the mail, once it was sent */
};
/* All recipients' from day ${from} to ${to}, both within. */
MUST_USE enum err exchange_file_list(struct db *db, struct arena *a, int64_t from, int64_t to, struct exchange_file **ret, size_t *ret_n);
MUST_USE enum err exchange_file_get(struct db *db, struct arena *a, int64_t id, struct exchange_file *ret);
MUST_USE enum err exchange_file_of(struct db *db, struct arena *a, int64_t exchange, int64_t day, struct exchange_file *ret);
/* What one recipient may fetch: with bytes, newest first. */
MUST_USE enum err exchange_file_fetchable(struct db *db, struct arena *a, int64_t exchange, struct exchange_file **ret, size_t *ret_n);
enum exchange_state exchange_file_state(const struct exchange_file *f);

/* Rows and jobs "exchange.make" for days up to ${newest} that are missing, of all who
 * are switched on; ${*ret} how many. */
MUST_USE enum err exchange_plan(struct db *db, struct arena *a, int64_t newest, int64_t now, int64_t *ret);
/* One day for one recipient, whatever there is of it: ${again} makes also what is
 * there once more. ${*ret_id} its file; ${*ret_new} whether something is under way now. */
MUST_USE enum err exchange_make_day(struct db *db, struct arena *a, int64_t exchange, int64_t day, bool again, struct actor by,
    int64_t *ret_id, bool *ret_new);
/* Bytes of files from before ${day} are forgotten. */
MUST_USE enum err exchange_forget(struct db *db, int64_t day);

struct exchange_made {
	int64_t records, events, left_out, bytes;
	struct blob_in *in;	     /* its bytes */
	struct str mail;	     /* and as they go with the mail; only for that channel */
	const char *mail_name, *mail_type;
};
/* The file is there; a mail with it is queued when it is to be mailed and not empty. */
MUST_USE enum err exchange_made(struct db *db, struct blob_store *blobs, struct arena *a, const struct exchange *x,
    const struct exchange_file *f, const struct exchange_made *m, int64_t now);
/* It will not leave by itself: ${why} is shown. */
MUST_USE enum err exchange_failed(struct db *db, struct arena *a, int64_t file, const char *why, int64_t now);
/* The recipient took it. */
MUST_USE enum err exchange_fetched(struct db *db, struct arena *a, const struct exchange *x, const struct exchange_file *f, int64_t now);
/* What the recipient told us (D-28). ${incident}: 0 none. ERR_CONFLICT as above. */
MUST_USE enum err exchange_feedback(struct db *db, struct arena *a, const struct exchange_file *f, const char *text, int64_t incident,
    struct actor by);

#endif
