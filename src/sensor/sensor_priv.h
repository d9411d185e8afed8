/* SPDX-License-Identifier: Apache-2.0 */
/* sensor_priv.h - what the commands of the sensor share. */
#ifndef SENSOR_SENSOR_PRIV_H
#define SENSOR_SENSOR_PRIV_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "sensor/conf.h"
#include "sensor/https.h"
#include "sensor/identity.h"
#include "sensor/key.h"
#include "sensor/listener.h"
#include "sensor/spool.h"
#include "telescope/batch.h"
#include "telescope/packet.h"

#define SENSOR_MINUTE INT64_C(60000000) /* microseconds: a batch is closed */
#define SENSOR_RECORDS 4096		 /* or with so many records */
#define SENSOR_BYTES 65536		 /* or with so many bytes, SENSOR_RECORD of each and its payload's */
#define SENSOR_RECORD 16

struct sensor {
	struct arena *a;
	struct conf conf;
	struct identity identity;
	struct key *key;
	struct spool *spool;
	struct https *https;
	struct listener *listener;
	uint64_t epoch, sequence; /* of the batch that is being filled */
	int64_t started_at;	  /* UTC microseconds */
	bool unclean;

	/* the batch that is being filled: the listening thread's */
	struct record *record;
	uint32_t records;
	char *payload; /* of them all */
	size_t payloads;
	int64_t opened_at; /* monotonic */
	struct packet_counts counts;
	uint64_t refused; /* records that the spool did not take */

	/* of both threads */
	_Atomic bool stop;
	_Atomic int64_t offset;
	_Atomic bool clocked;
	_Atomic uint64_t centre; /* IPv4 address and port of the connection to the centre; 0 none */
	_Atomic uint64_t forgotten; /* records of an epoch that the centre has left behind */
	int wake;		 /* an eventfd: there is something to send */
	pthread_t sender;
};

/* The configuration, key and identity; says what is wrong. 0: go on. */
int sensor_load(struct sensor *s, struct arena *a, const char *conf);
/* The client for the centre, by what the configuration and the enrolment say. */
MUST_USE enum err sensor_https(const struct sensor *s, struct https **ret);
/* STATE exists and belongs to the configured user, whom root becomes. 0: go on. */
int sensor_state(const struct sensor *s);
int sensor_become(const struct sensor *s);
/* "tobiguchi-sensor: …" on standard error; returns ${exit_code}. */
int sensor_fail(int exit_code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A signed batch; the callback of the spool. */
MUST_USE enum err sensor_batch(struct sensor *s, struct arena *a, struct batch_head head, const uint64_t *status,
    const struct record *record, struct str *ret);
enum err sensor_loss(void *object, struct arena *a, const struct batch_head *head, struct str *ret);

/* Sends what waits until ${s->stop}; a thread. */
void *sensor_send(void *object);
/* PUT one batch. */
MUST_USE enum err sensor_put(struct sensor *s, struct https *h, struct arena *a, const struct batch_head *head,
    struct str bytes, struct https_answer *ret);
/* What the centre's clock is before ours, by an answer that came between both. */
bool sensor_offset(const struct https_answer *answer, int64_t sent, int64_t received, int64_t *ret);
/* What a reason of the centre means for this host; "" when it is not known. */
const char *sensor_advice(struct str reason);

#endif
