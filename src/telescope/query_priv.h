/* SPDX-License-Identifier: Apache-2.0 */
/* query_priv.h - between the files of the questions. */
#ifndef TELESCOPE_QUERY_PRIV_H
#define TELESCOPE_QUERY_PRIV_H

#include "base/limit.h"
#include "telescope/query.h"
#include "telescope/segment.h"

/* A filter's test is decided by one of these, known for many rows at once. */
enum query_domain { DOMAIN_PORT = 1, DOMAIN_SOURCE = 2, DOMAIN_TARGET = 4, DOMAIN_SHAPE = 8, DOMAIN_TIME = 16, DOMAIN_ROW = 32 };

/* In this order "and" is the smaller one, "or" the larger. */
enum query_tri { TRI_NO, TRI_MAYBE, TRI_YES };

/* A filter made ready for one segment. */
struct query_node {
	enum filter_kind kind;
	struct query_node *left, *right;
	const struct filter *test;
	enum query_domain domain;
	uint8_t *table; /* SOURCE, TARGET, SHAPE: the answer for each of them */
};

/* Never NULL. */
struct query_node *query_node_new(struct arena *a, const struct filter *f);
unsigned query_node_domains(const struct query_node *n);
unsigned query_node_fields(const struct query_node *n); /* bit 1 << enum filter_field */
unsigned query_node_columns(const struct query_node *n);

/* What is known. */
struct query_known {
	unsigned domains;
	uint32_t slot, last_slot; /* PORT: a stretch of them within one class */
	bool split;		  /* set when the answer differs within the stretch */
	int64_t from, to;	  /* TIME: microseconds, both within */
	bool sum;		  /* one value of one more field: */
	enum filter_field sum_field;
	uint16_t sum_key;
	const char *sum_name;
};
enum query_tri query_node_ask(const struct query_node *n, struct query_known *k);

/* Stretches of ports whose answer is the same and not TRI_NO, ascending. ${k->domains} without PORT. */
struct query_stretch {
	uint32_t from, to; /* slots, both within */
	enum query_tri tri;
};
struct query_stretch *query_node_ports(struct arena *a, const struct query_node *n, const struct query_known *k, size_t *ret_n);

/* The same for each source; tables of DOMAIN_SOURCE are filled. */
void query_node_sources(struct arena *a, const struct query_node *n, struct query_known *k, uint32_t sources, uint8_t *ret);

/* Fill the tables of tests of these domains. */
MUST_USE enum err query_node_fill(struct query_node *n, struct segment *s, struct arena *a, unsigned domains);
/* Which of rows ${from} .. ${to} of a block, all of port ${slot}, are meant: a byte for each in
 * ${ret}. ${spare}: QUERY_SPARES blocks of bytes, made when they are needed. */
#define QUERY_SPARES (2 * LIMIT_FILTER_DEPTH + 4)
void query_node_mask(const struct query_node *n, const struct segment_info *info, const struct segment_rows *rows, uint32_t slot,
    uint32_t from, uint32_t to, uint8_t *ret, uint8_t **spare);

/*
 * What query_run() does beside asking: series of the first groups along a time. ${ask}
 * answers one question, its rows by rank, without regard to times among the keys.
 */
typedef enum err (*query_ask)(struct arena *a, void *object, const struct query *q, struct query_result *ret);
MUST_USE enum err query_run_with(struct arena *a, query_ask ask, void *object, const struct query *q, struct query_result *ret);
/* A key as text, but sources, networks and sensors. */
const char *query_key_text(struct arena *a, enum query_key k, uint64_t v);

/* Sets of numbers and numbers of keys: open addressing. */
struct query_group {
	uint64_t key[QUERY_KEYS_MAX];
	uint64_t count[QUERY_MEASURES];
};
struct query_groups {
	struct query_group *group;
	uint32_t n, size;
	uint32_t *index, mask; /* of the first ${indexed} */
	uint32_t indexed;
};
/* Ask for what query_group_get() will need: first its place, some groups later what is there. */
void query_group_soon(const struct query_groups *g, uint64_t first, uint64_t second);
void query_group_sooner(const struct query_groups *g, uint64_t first, uint64_t second);
/* One more that is known to be new; query_group_find() and _get() find it all the same. */
bool query_group_append(struct query_groups *g, const struct query_group *x);
/* UINT32_MAX: there are too many. */
uint32_t query_group_get(struct query_groups *g, uint64_t first, uint64_t second);
const struct query_group *query_group_find(struct query_groups *g, uint64_t first, uint64_t second);
void query_groups_done(struct query_groups *g);

struct query_set {
	uint64_t *member; /* + 1; 0: free */
	uint64_t mask, n;
};
/* 1 it is new, 0 it was there, -1 there are too many. */
int query_set_add(struct query_set *s, uint64_t v);
void query_set_done(struct query_set *s);

/* Numbers for what is no number: IPv6 addresses, names. */
struct query_names {
	struct arena *a;
	struct str *name;
	uint32_t n;
	uint32_t *index, mask;
};
uint32_t query_name_number(struct query_names *x, struct str name);

#endif
