/* SPDX-License-Identifier: Apache-2.0 */
#include "telescope/clickhouse.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/hex.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "base/url.h"
#include "net/net.h"
#include "telescope/clickhouse_priv.h"
#include "telescope/query_priv.h"
#include "telescope/segment.h"
#include "telescope/segment_code.h"
#include "telescope/store.h"
#include "text/value.h"

#define NAME 64		/* bytes of a database's or table's name */
#define CONNECT_MS 7000L
#define ANSWER LIMIT_MIB(512)
#define FAULT 300	/* bytes of it that are shown */
#define DAY INT64_C(86400000000)
#define HOUR INT64_C(3600000000)
/* What the questions are made for, whatever the server's profile says. */
#define SETTINGS                                                                                   \
	"output_format_json_quote_64bit_integers=0&enable_optimize_predicate_expression=0&"        \
	"distributed_product_mode=global&max_query_size=4194304&max_ast_elements=1000000&join_use_nulls=0"

struct clickhouse {
	struct arena *a;
	CURL *curl;
	const char *base; /* http://host:port/ */
	const char *user, *password;
	const char *database, *name, *table; /* the last with the database before it */
	char fault[FAULT + 1];
};

static bool
is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (i > 0 && c >= '0' && c <= '9')))
			return false;
	}
	return s.n > 0 && s.n <= NAME;
}

static enum err
take_address(struct clickhouse *c, const char *text)
{
	struct str table = STR("record"), path;
	struct url u;
	size_t dot;

	TRY(url_parse(c->a, str_of(text), &u));
	if (str_is(u.scheme, "ftp"))
		return ERR_INVALID;
	path = str_skip(u.path, 1);
	if (path.n == 0)
		path = STR("tobiguchi");
	dot = str_find_char(path, '.', 0);
	if (dot != SIZE_MAX) {
		table = str_skip(path, dot + 1);
		path = str_take(path, dot);
	}
	if (!is_name(path) || !is_name(table))
		return ERR_INVALID;
	c->user = arena_cstr(c->a, u.user);
	c->database = arena_cstr(c->a, path);
	c->name = arena_cstr(c->a, table);
	c->table = arena_printf(c->a, "%s.%s", c->database, c->name);
	u.user = u.query = u.fragment = STR_NULL;
	u.path = STR("/");
	c->base = url_format(c->a, &u);
	return OK;
}

enum err
clickhouse_new(const char *url, const char *password, struct clickhouse **ret)
{
	struct clickhouse *c = calloc(1, sizeof(*c));
	enum err e;

	if (c == NULL)
		abort(); /* as the arena does */
	c->a = arena_new();
	e = take_address(c, url);
	if (e != OK) {
		clickhouse_free(c);
		return ERR_INVALID;
	}
	c->password = password == NULL ? "" : arena_dup(c->a, password);
	net_init();
	c->curl = curl_easy_init();
	if (c->curl == NULL)
		abort(); /* as the arena does */
	*ret = c;
	return OK;
}

void
clickhouse_free(struct clickhouse *c)
{
	if (c == NULL)
		return;
	curl_easy_cleanup(c->curl);
	arena_free(c->a);
	free(c);
}

const char *
clickhouse_fault(const struct clickhouse *c)
{
	return c->fault;
}

/* One request */

struct answer {
	struct buf *b;
	bool over;
};

static size_t
answer_comes(char *p, size_t size, size_t n, void *object)
{
	struct answer *x = object;

	buf_add(x->b, p, n * size);
	x->over = buf_error(x->b) != OK;
	return x->over ? 0 : n * size;
}

/* What is sent: text, or what ${more} makes of it piece by piece. */
struct sending {
	struct str now; /* not sent yet */
	enum err (*more)(void *object, struct str *ret); /* an empty one at the end; NULL: that was all */
	void *object;
	enum err e;
};

static size_t
sending_goes(char *p, size_t size, size_t n, void *object)
{
	struct sending *x = object;

	if (x->now.n == 0 && x->more != NULL) {
		x->e = x->more(x->object, &x->now);
		if (x->e != OK)
			return CURL_READFUNC_ABORT;
	}
	n = n * size < x->now.n ? n * size : x->now.n;
	if (n > 0)
		memcpy(p, x->now.p, n);
	x->now = str_skip(x->now, n);
	return n;
}

static void
keep_fault(struct clickhouse *c, struct str s)
{
	AUTO(arena) a = arena_new();
	struct str mark = STR("DB::Exception: ");
	size_t at = str_find(s, mark, 0);

	if (at != SIZE_MAX)
		s = str_skip(s, at + mark.n);
	s = str_take(s, str_find(s, STR(", e.what()"), 0)); /* until 2020 */
	s = str_take(s, str_find(s, STR(" (version"), 0));
	s = str_trim(utf8_take(utf8_clean_line(a, str_take(s, FAULT)), FAULT));
	if (s.n == 0)
		s = STR("its answer is none that ClickHouse gives");
	memcpy(c->fault, s.p, s.n);
	c->fault[s.n] = '\0';
}

static enum err
refused(struct clickhouse *c, struct str said)
{
	int64_t code = 0;
	struct str s = said;
	uint64_t n;

	keep_fault(c, said);
	if (str_eat(&s, STR("Code: ")) && str_eat_digits(&s, 1, 5, &n))
		code = (int64_t)n;
	if (code == 159 || code == 160)
		return ERR_TIMEOUT;
	/* memory, rows or bytes of the answer, size of the question */
	return code == 241 || code == 396 || code == 62 ? ERR_LIMIT : ERR_UNAVAILABLE;
}

static bool
options_set(struct clickhouse *c, const char *url, struct curl_slist *headers, struct sending *sending, struct answer *answer, int64_t ms)
{
	CURL *h = c->curl;

	curl_easy_reset(h);
	return curl_easy_setopt(h, CURLOPT_URL, url) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_PROXY, "") == CURLE_OK && curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)ms) == CURLE_OK &&
	    (*c->user == '\0' || curl_easy_setopt(h, CURLOPT_USERNAME, c->user) == CURLE_OK) &&
	    (*c->user == '\0' || curl_easy_setopt(h, CURLOPT_PASSWORD, c->password) == CURLE_OK) &&
	    curl_easy_setopt(h, CURLOPT_POST, 1L) == CURLE_OK && curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_READFUNCTION, sending_goes) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_READDATA, sending) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, answer_comes) == CURLE_OK &&
	    curl_easy_setopt(h, CURLOPT_WRITEDATA, answer) == CURLE_OK;
}

/* ${query}: escaped, after "?". ${until} 0: no end. The answer lives in ${a}. */
static enum err
request(struct arena *a, struct clickhouse *c, const char *query, struct sending *sending, int64_t until, struct str *ret)
{
	int64_t ms = until == 0 ? 0 : (until - clock_monotonic_us()) / 1000;
	const char *limit = until == 0 ? "" : arena_printf(a, "&max_execution_time=%" PRId64, ms / 1000 + 1);
	struct answer answer = { .b = buf_new(a, ANSWER) };
	struct curl_slist *headers = curl_slist_append(NULL, "Transfer-Encoding: chunked"), *more;
	CURLcode code = CURLE_OUT_OF_MEMORY;
	long status = 0;

	if (until != 0 && ms <= 0) {
		curl_slist_free_all(headers);
		return ERR_TIMEOUT;
	}
	more = headers == NULL ? NULL : curl_slist_append(headers, "Expect:"); /* it never says no before the end */
	if (more != NULL && options_set(c, arena_printf(a, "%s?%s%s", c->base, query, limit), more, sending, &answer, ms)) {
		code = curl_easy_perform(c->curl);
		(void)curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status); /* stays 0 without one */
	}
	curl_slist_free_all(headers);
	*ret = buf_view(answer.b);
	if (sending->e != OK)
		return sending->e;
	if (answer.over)
		return ERR_LIMIT;
	if (status != 0 && status != 200)
		return refused(c, *ret);
	if (code == CURLE_OK)
		return OK;
	keep_fault(c, str_of(curl_easy_strerror(code)));
	return code == CURLE_OPERATION_TIMEDOUT ? ERR_TIMEOUT : ERR_UNAVAILABLE;
}

static enum err
say(struct arena *a, struct clickhouse *c, const char *sql, int64_t until, struct str *ret)
{
	struct sending sending = { .now = str_of(sql) };

	return request(a, c, SETTINGS, &sending, until, ret);
}

static enum err
do_it(struct clickhouse *c, const char *sql)
{
	AUTO(arena) a = arena_new();
	struct str ignored;

	return say(a, c, sql, 0, &ignored);
}

/* Questions */

struct asking {
	struct arena *a;
	struct clickhouse *c;
	const struct query *q;
	const struct value *answer, *rows;
};

static enum err
get(struct asking *x, struct buf *sql)
{
	struct value *v;
	struct str text;

	TRY(buf_error(sql));
	buf_text(sql, " FORMAT JSONCompact");
	TRY(say(x->a, x->c, buf_cstr(x->a, sql), x->q->until, &text));
	if (value_parse(x->a, text, &v, NULL) != OK) {
		/* Since 2018 errors after the first bytes come in the answer. */
		keep_fault(x->c, text);
		return ERR_UNAVAILABLE;
	}
	x->answer = v;
	x->rows = value_get(v, "data");
	return OK;
}

static struct buf *
sql_new(struct arena *a)
{
	return buf_new(a, LIMIT_MIB(4));
}

static uint64_t
number(const struct value *row, unsigned i)
{
	return (uint64_t)value_integer(value_at(row, i));
}

/* A number for what is none: above those of IPv4. */
static uint64_t
of_text(const char *text)
{
	return segment_hash(text, strlen(text)) | UINT64_C(1) << 32;
}

/* The key of a source or a network from its version, number and bytes. */
static void
take_address_key(struct asking *x, const struct value *row, unsigned at, bool net, unsigned key, struct query_row *ret)
{
	struct ip ip = { .v = (uint8_t)number(row, at) };
	uint64_t four = number(row, at + 1) << (net ? 8 : 0);

	for (unsigned i = 0; ip.v == 4 && i < 4; i++)
		ip.byte[i] = (uint8_t)(four >> (24 - 8 * i));
	if (ip.v != 4 && hex_parse(value_str(value_at(row, at + 2)), ip.byte, net ? 6 : 16) != OK)
		ip.v = 6; /* an address of zeros: the server sent none */
	ret->text[key] = net ? arena_printf(x->a, "%s/%d", ip_format(x->a, &ip), ip.v == 4 ? 24 : 48) : ip_format(x->a, &ip);
	ret->number[key] = ip.v == 4 ? four : of_text(ret->text[key]);
}

/* One row's keys; ${ret_width}: how many values those were. */
static void
take_keys(struct asking *x, const struct value *row, struct query_row *ret, unsigned *ret_width)
{
	unsigned at = 0;

	for (unsigned i = 0; i < x->q->keys; i++) {
		enum query_key k = x->q->key[i];

		ret->number[i] = number(row, at);
		if (k == QUERY_SOURCE || k == QUERY_NET) {
			take_address_key(x, row, at, k == QUERY_NET, i, ret);
		} else if (k == QUERY_SENSOR) {
			ret->text[i] = value_cstr(value_at(row, at));
			ret->number[i] = of_text(ret->text[i]);
		} else {
			ret->number[i] *= k == QUERY_HOUR ? (uint64_t)HOUR : k == QUERY_DAY ? (uint64_t)DAY : 1;
			ret->text[i] = query_key_text(x->a, k, ret->number[i]);
		}
		at += clickhouse_key_width(k);
	}
	*ret_width = at;
}

static void
take_counts(const struct query *q, const struct value *row, unsigned at, uint64_t *ret)
{
	ret[QUERY_PACKETS] = number(row, at);
	if (q->measure != QUERY_PACKETS)
		ret[q->measure] = number(row, at + 1);
}

static enum err
take_all(struct asking *x, struct query_result *r)
{
	struct query all = *x->q;
	struct buf *sql = sql_new(x->a);

	all.keys = 0;
	clickhouse_groups(sql, x->c->table, &all, 0);
	TRY(get(x, sql));
	take_counts(x->q, value_at(x->rows, 0), 0, r->all.count);
	return OK;
}

static enum err
take_others(struct asking *x, struct query_result *r)
{
	struct buf *sql = sql_new(x->a);

	r->others.count[QUERY_PACKETS] = r->all.count[QUERY_PACKETS];
	for (size_t i = 0; i < r->n; i++)
		r->others.count[QUERY_PACKETS] -= r->row[i].count[QUERY_PACKETS];
	if (x->q->measure == QUERY_PACKETS || r->n == r->groups)
		return OK;
	clickhouse_others(sql, x->c->table, x->q);
	TRY(get(x, sql));
	take_counts(x->q, value_at(x->rows, 0), 0, r->others.count);
	return OK;
}

static bool
same_keys(const struct query *q, const struct query_row *x, const struct query_row *y)
{
	for (unsigned i = 0; i < q->keys; i++) {
		if (strcmp(x->text[i], y->text[i]) != 0)
			return false;
	}
	return true;
}

static enum err
take_ranks(struct asking *x, struct query_result *r)
{
	struct query earlier = *x->q;
	int64_t back = x->q->back != 0 ? x->q->back : x->q->to - x->q->from;
	struct buf *sql = sql_new(x->a);

	earlier.from = x->q->from > back ? x->q->from - back : 0;
	earlier.to = x->q->to - back;
	if (earlier.to <= earlier.from)
		return OK;
	clickhouse_ranks(sql, x->c->table, x->q, &earlier);
	TRY(get(x, sql));
	for (size_t i = 0; i < value_count(x->rows); i++) {
		const struct value *row = value_at(x->rows, i);
		struct query_row one = { .number = { 0 } };
		unsigned at;

		take_keys(x, row, &one, &at);
		for (size_t j = 0; j < r->n; j++) {
			if (!same_keys(x->q, &one, &r->row[j]))
				continue;
			r->row[j].previous = number(row, at);
			r->row[j].previous_rank = (unsigned)number(row, at + 1);
		}
	}
	return OK;
}

/* One question, as query_run_with() asks it. */
static enum err
ask(struct arena *a, void *object, const struct query *q, struct query_result *ret)
{
	struct asking x = { .a = a, .c = object, .q = q };
	struct query_result r = { .attribution = "" };
	struct buf *sql = sql_new(a);
	const struct value *before;
	unsigned at;

	clickhouse_groups(sql, x.c->table, q, q->top);
	TRY(get(&x, sql));
	r.n = value_count(x.rows);
	before = value_get(x.answer, "rows_before_limit_at_least");
	r.groups = before == NULL ? r.n : (uint64_t)value_integer(before);
	r.row = arena_many(a, struct query_row, r.n + 1);
	for (size_t i = 0; i < r.n; i++) {
		take_keys(&x, value_at(x.rows, i), &r.row[i], &at);
		take_counts(q, value_at(x.rows, i), at, r.row[i].count);
		r.row[i].rank = (unsigned)i + 1;
		r.all.count[QUERY_PACKETS] += r.row[i].count[QUERY_PACKETS];
	}
	if (q->measure != QUERY_PACKETS || r.n < r.groups)
		TRY(take_all(&x, &r));
	TRY(take_others(&x, &r));
	if (q->previous && q->to > q->from && q->from > 0 && r.n > 0)
		TRY(take_ranks(&x, &r));
	*ret = r;
	return OK;
}

enum err
clickhouse_query(struct arena *a, struct clickhouse *c, const struct query *q, struct query_result *ret)
{
	return query_run_with(a, ask, c, q, ret);
}

/* Copying */

struct copy {
	struct clickhouse_load *load;
	struct store *store;
	const struct segment_targets *targets;
	const struct segment_places *places;
	struct segment *s;
	struct segment_rows *rows;
	struct buf out;
	uint64_t id;	  /* of the segment, in the table */
	uint32_t block;	  /* the next one */
	size_t at, end;	  /* segments of the day */
	uint64_t sent;
};

static void
put(struct buf *b, uint64_t v, unsigned bytes)
{
	char p[8];

	for (unsigned i = 0; i < bytes; i++)
		p[i] = (char)(v >> (8 * i));
	buf_add(b, p, bytes);
}

static uint32_t
four(const struct ip *ip)
{
	return ip->v != 4 ? 0 : (uint32_t)ip->byte[0] << 24 | (uint32_t)ip->byte[1] << 16 | (uint32_t)ip->byte[2] << 8 | ip->byte[3];
}

static void
put_address(struct buf *b, const struct ip *ip)
{
	static const uint8_t none[16];

	put(b, four(ip), 4);
	buf_add(b, ip->v == 4 ? none : ip->byte, 16);
}

static void
put_bytes(struct buf *b, const char *p, size_t n)
{
	uint64_t left = n;

	for (; left >= 128; left >>= 7)
		buf_char(b, (char)(left & 127) | (char)-128);
	buf_char(b, (char)left);
	buf_add(b, p, n);
}

/* All packets of a source are in one shard: FNV-1a of its bytes. */
static bool
is_ours(const struct clickhouse_load *l, const struct ip *ip)
{
	uint32_t h = 2166136261;

	if (l->shards < 2)
		return true;
	for (unsigned i = 0; i < (ip->v == 4 ? 4 : 16); i++)
		h = (h ^ ip->byte[i]) * 16777619;
	return (h ^ h >> 16) % l->shards == l->shard;
}

/* In the order of CLICKHOUSE_COLUMNS. */
static void
put_record(struct copy *x, const struct record *r, uint32_t sensor, uint32_t source)
{
	struct buf *b = &x->out;
	const char *name = x->targets->name[sensor];

	put(b, (uint64_t)(r->at / DAY), 2);
	put(b, x->id, 8);
	put(b, segment_slot(r->proto, r->dport), 4);
	put(b, (uint64_t)r->at, 8);
	put(b, r->src.v, 1);
	put_address(b, &r->src);
	put_address(b, &r->dst);
	put_bytes(b, name, strlen(name));
	put(b, x->places->country[source], 2);
	put(b, x->places->as[source], 4);
	put(b, r->proto, 1);
	put(b, r->sport, 2);
	put(b, r->dport, 2);
	put(b, r->seq, 4);
	put(b, r->len, 2);
	put(b, r->ttl, 1);
	put(b, r->ip_id, 2);
	put(b, r->flags, 2);
	put(b, r->window, 2);
	put(b, r->mss, 2);
	put(b, r->scale, 1);
	put(b, r->bits, 1);
	put(b, r->options, 1);
	put(b, r->fingerprint, 1);
	put_bytes(b, r->payload.p, r->payload.n);
	x->sent++;
}

/* What a segment is called in the table: its hash, and of which part of it this is. */
static uint64_t
segment_id(const struct clickhouse_load *l, uint64_t hash)
{
	return l->shards < 2 ? hash : hash ^ ((uint64_t)l->shards << 32 | l->shard);
}

static enum err
segment_begin(struct copy *x)
{
	size_t n;

	TRY(store_segment(x->store, x->at, &x->s));
	if (segment_info(x->s)->kept != SEGMENT_KEPT_ALL)
		return ERR_NOT_FOUND; /* the table has more of it than we, or will never have all */
	TRY(segment_targets(x->s, &x->targets));
	TRY(segment_places(x->s, &x->places));
	x->id = segment_id(x->load, store_list(x->store, &n)[x->at].hash);
	x->block = 0;
	return OK;
}

/* The next block that has any of ours. */
static enum err
copy_more(void *object, struct str *ret)
{
	struct copy *x = object;

	*ret = STR_NULL;
	buf_clear(&x->out);
	while (x->out.n == 0 && x->at < x->end) {
		if (x->s == NULL)
			TRY(segment_begin(x));
		TRY(segment_read(x->s, x->block, SEGMENT_ALL, x->rows));
		for (uint32_t i = 0; i < x->rows->n; i++) {
			struct record r;
			uint32_t sensor;

			TRY(segment_record(x->s, x->rows, i, &r, &sensor));
			if (is_ours(x->load, &r.src))
				put_record(x, &r, sensor, x->rows->column[SEGMENT_SOURCE][i]);
		}
		if (++x->block == segment_info(x->s)->blocks) {
			x->s = NULL;
			x->at++;
		}
	}
	TRY(buf_error(&x->out));
	*ret = buf_view(&x->out);
	return OK;
}

/* Beside the table first; then it becomes the day in one step. */
static enum err
copy_day(struct clickhouse *c, struct copy *x, int64_t day)
{
	AUTO(arena) a = arena_new();
	const struct civil d = clock_day_civil(day);
	const char *id = arena_printf(a, "%04d%02d%02d", d.year, d.month, d.day);
	const char *drop = arena_printf(a, "ALTER TABLE %s_load DROP PARTITION ID '%s'", c->table, id);
	char *query = curl_easy_escape(c->curl, arena_printf(a, "INSERT INTO %s_load FORMAT RowBinary", c->table), 0);
	struct sending sending = { .more = copy_more, .object = x };
	struct str said;
	int64_t n = 0;
	enum err e;

	if (query == NULL)
		abort(); /* as the arena does */
	e = do_it(c, drop); /* of a copy that was broken off */
	if (e == OK)
		e = request(a, c, arena_printf(a, SETTINGS "&query=%s", query), &sending, 0, &said);
	curl_free(query);
	TRY(e);
	TRY(say(a, c, arena_printf(a, "SELECT count() FROM %s_load WHERE day = toDate(%" PRId64 ")", c->table, day), 0, &said));
	if (!str_int(str_trim(said), 0, INT64_MAX, &n) || (uint64_t)n != x->sent) {
		keep_fault(c, str_of("not all records arrived"));
		return ERR_UNAVAILABLE;
	}
	TRY(do_it(c, arena_printf(a, "ALTER TABLE %s REPLACE PARTITION ID '%s' FROM %s_load", c->table, id, c->table)));
	return do_it(c, drop);
}

static enum err
tables_make(struct clickhouse *c)
{
	AUTO(arena) a = arena_new();

	TRY(do_it(c, arena_printf(a, "CREATE DATABASE IF NOT EXISTS %s", c->database)));
	for (unsigned i = 0; i < 2; i++) {
		TRY(do_it(c, arena_printf(a, "CREATE TABLE IF NOT EXISTS %s%s (" CLICKHOUSE_COLUMNS
				") ENGINE = MergeTree() PARTITION BY day ORDER BY (slot, at)", c->table, i == 0 ? "" : "_load")));
	}
	return OK;
}

struct have {
	int64_t day;
	uint64_t id;
};

/* What is there: a line of day and segment each. */
static enum err
have_read(struct arena *a, struct clickhouse *c, struct have **ret, size_t *ret_n)
{
	struct str said, line;

	*ret = NULL;
	*ret_n = 0;
	TRY(say(a, c, arena_printf(a, "SELECT toUInt32(day), toInt64(segment) FROM %s GROUP BY day, segment", c->table), 0, &said));
	while (str_split(&said, '\n', &line)) {
		struct have h = { 0, 0 };
		struct str day;
		int64_t id;

		if (!str_split(&line, '\t', &day) || !str_int(day, 0, INT32_MAX, &h.day) ||
		    !str_int(line, INT64_MIN, INT64_MAX, &id))
			continue;
		h.id = (uint64_t)id;
		*ret = arena_room(a, *ret, *ret_n, sizeof(**ret));
		(*ret)[(*ret_n)++] = h;
	}
	return OK;
}

static bool
same_day(const struct clickhouse_load *l, const struct have *have, size_t n, const struct store_entry *list, size_t from, size_t to)
{
	size_t here = 0, found = 0;

	for (size_t i = 0; i < n; i++) {
		here += have[i].day == list[from].day;
		for (size_t j = from; j < to; j++)
			found += have[i].day == list[j].day && have[i].id == segment_id(l, list[j].hash);
	}
	return here == to - from && found == here;
}

enum err
clickhouse_load(struct arena *a, struct clickhouse *c, struct store *s, struct clickhouse_load *l)
{
	AUTO(segment_rows) rows = segment_rows_new();
	const struct store_entry *list;
	struct have *have;
	size_t n, known;
	enum err e = OK;

	l->days = l->records = 0;
	l->left_out = NULL;
	TRY(tables_make(c));
	TRY(have_read(a, c, &have, &known));
	list = store_list(s, &n);
	for (size_t from = 0, to; from < n && e == OK; from = to) {
		for (to = from + 1; to < n && list[to].day == list[from].day; to++)
			;
		if (same_day(l, have, known, list, from, to))
			continue;
		struct copy x = { .load = l, .store = s, .rows = rows, .at = from, .end = to };

		if (l->progress != NULL)
			l->progress(l->object, from, n);
		buf_init(&x.out, LIMIT_MIB(64));
		e = copy_day(c, &x, list[from].day);
		buf_done(&x.out);
		if (e == ERR_INVALID || e == ERR_NOT_FOUND) { /* damaged: the others go on */
			l->left_out = arena_dup(a, list[x.at < to ? x.at : from].name);
			e = OK;
			continue;
		}
		l->days += e == OK;
		l->records += e == OK ? x.sent : 0;
	}
	return e;
}
