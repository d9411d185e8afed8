/* SPDX-License-Identifier: Apache-2.0 */
/*
 * collector.h - takes in what sensors send, once each and in order.
 *
 * A batch is accepted when its signature is that of its sensor, it can be read,
 * and it is the one that is expected.  It is acknowledged when it is in the
 * write-ahead log and the log is on disk.  The same batch again is acknowledged
 * again and written nowhere.  No database is held meanwhile.
 */
#ifndef COLLECTOR_COLLECTOR_H
#define COLLECTOR_COLLECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "collector/position.h"

struct arena;
struct collector;

struct collector_key { /* of a sensor that may send */
	unsigned char key[32]; /* Ed25519, public */
	bool revoked;
};
/* ERR_NOT_FOUND: there is no such sensor. Called on any thread, without a lock; its
 * answers are kept for some seconds. */
typedef enum err (*collector_key_fn)(void *object, uint64_t sensor, struct collector_key *ret);

struct collector_config {
	const char *folder;	/* of the log */
	collector_key_fn key;
};

/* Goes on where the log ends. ERR_TIMEOUT: another process collects into it. */
MUST_USE enum err collector_open(const struct collector_config *c, int64_t now, struct collector **ret);
void collector_free(struct collector *c);
AUTO_DEFINE(collector)

enum collector_verdict {
	COLLECTOR_ACCEPTED, /* it is on disk */
	COLLECTOR_REPLAYED, /* it was already, or it is a trial (BATCH_TRIAL) */
	/* refused; the names are in the answers to sensors: collector_reason() */
	COLLECTOR_GAP,	     /* others must come first: next says which */
	COLLECTOR_UNKNOWN,   /* no such sensor */
	COLLECTOR_REVOKED,   /* the team has taken its key back */
	COLLECTOR_SIGNATURE, /* not made by that sensor's key */
	COLLECTOR_OTHER,     /* the address names another batch */
	COLLECTOR_DAMAGED,   /* cannot be read */
	COLLECTOR_LARGE,     /* over a bound, or becomes so when it is decompressed */
	COLLECTOR_VERSION,   /* of a later version than we are */
	COLLECTOR_CLOCK,     /* the sensor's clock is wrong now */
	COLLECTOR_TIME,	     /* the batch is from a time that cannot be */
	COLLECTOR_EPOCH,     /* its numbering is over: a newer one has begun */
	COLLECTOR_FULL,	     /* our disk is full, or failed; send it again */
	COLLECTOR_VERDICTS,
};
const char *collector_reason(enum collector_verdict v); /* "gap", "signature" … */
const char *collector_advice(enum collector_verdict v); /* English: what to do */
int collector_status(enum collector_verdict v);		/* of HTTP */

#define COLLECTOR_SKEW INT64_C(600000000)	       /* how far a clock may be off, microseconds */
#define COLLECTOR_OLDEST INT64_C(34560000000000)       /* how old a batch may be: 400 days */

struct collector_request {
	uint64_t sensor, epoch, sequence; /* as its address says */
	int64_t clock; /* the sensor's clock when it sent, UTC microseconds; 0: not said */
	int64_t now;   /* ours */
	struct str bytes;
	void *object;  /* for the key's callback */
};
struct collector_answer {
	enum collector_verdict verdict;
	uint64_t epoch, next; /* what is expected of this sensor; 0 when it is not known */
};
/* Returns when it is durable. */
void collector_take(struct collector *c, struct arena *a, const struct collector_request *r,
    struct collector_answer *ret);

/* Ask for keys again at once: a sensor was added or revoked. */
void collector_forget_keys(struct collector *c);
/* A new file of the log when the present one has batches and is older than ${age}
 * microseconds, or full: what is in it can then be sealed. */
MUST_USE enum err collector_rotate(struct collector *c, int64_t now, int64_t age);

/* The number of the log's newest file: all older ones can be sealed. */
uint64_t collector_file(struct collector *c);

/* All sensors that ever sent, by number, as copies in ${a}. */
void collector_positions(struct collector *c, struct arena *a, const struct position **ret, size_t *ret_n);

struct collector_counts { /* since the start */
	uint64_t verdict[COLLECTOR_VERDICTS];
	uint64_t records, bytes; /* accepted */
	uint64_t damaged;	 /* places of the log that could not be read at the start */
};
void collector_counts(struct collector *c, struct collector_counts *ret);

struct collector_refusal { /* the last one of a sensor; it may be a forger's doing */
	uint64_t sensor;
	int64_t at;
	enum collector_verdict verdict;
};
/* false: none since the start. */
bool collector_refused(struct collector *c, uint64_t sensor, struct collector_refusal *ret);

#endif
