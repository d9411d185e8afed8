/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to servers of the test's own, on loopback: whois, RDAP over HTTP,
 * security.txt and DNS, each a thread. */
#include "unit_db.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "auth/setting.h"
#include "base/clock.h"
#include "base/limit.h"
#include "blob/blob.h"
#include "directory/ask.h"
#include "directory/contact_rank.h"
#include "directory/lookup_store.h"
#include "directory/rdap.h"
#include "directory/security_txt.h"
#include "directory/whois.h"
#include "job/job.h"
#include "job/work.h"
#include "sys/ipc.h"

#define NOW INT64_C(1767225600000)

enum how { PLAIN, DRIP, HANG, ENDLESS };

struct answer {
	const char *asked, *text; /* a piece of the question; ended by NULL */
	enum how how;
};

struct server {
	pthread_t thread;
	int fd;
	uint16_t port;
	const struct answer *answers;
	bool datagrams;
	atomic_int asked;
};

/* false: nobody reads any more */
static bool
send_text(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		p += sent;
		n -= (size_t)sent;
	}
	return true;
}

static void
answer_one(struct server *s, int fd)
{
	char question[4096] = { 0 };
	struct timeval wait = { .tv_sec = 5 };

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	if (recv(fd, question, sizeof(question) - 1, 0) <= 0)
		return;
	s->asked++;
	for (const struct answer *x = s->answers; x->asked != NULL; x++) {
		if (strstr(question, x->asked) == NULL)
			continue;
		if (x->how == PLAIN)
			(void)send_text(fd, x->text, strlen(x->text));
		while (x->how == DRIP && send_text(fd, "x\n", 2))
			(void)usleep(50000);
		memset(question, '\n', sizeof(question));
		while (x->how == ENDLESS && send_text(fd, question, sizeof(question)))
			continue;
		if (x->how == HANG) /* until the other side goes away */
			(void)recv(fd, question, sizeof(question), 0);
		return;
	}
}

/* A for www.example.jp and SOA for example.jp; nothing else exists. */
static size_t
dns_answer(uint8_t *p, size_t n)
{
	static const uint8_t a[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1 };
	static const uint8_t soa[] = { 0xc0, 12, 0, 6, 0, 1, 0, 0, 0, 60, 0, 36, 2, 'n', 's', 0xc0, 12, 8,
		'z', 'o', 'n', 'e', 'm', 'a', 'i', 'l', 0xc0, 12, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0,
		0, 0, 1, 0, 0, 0, 1 };
	const uint8_t *extra = NULL;
	size_t size = 0, end = 12;

	while (end < n && p[end] != 0)
		end += p[end] + 1u;
	end += 5;
	if (end > n)
		return 0;
	uint8_t type = p[end - 3];

	if (type == 1 && memcmp(p + 13, "www", 3) == 0) {
		extra = a;
		size = sizeof(a);
	} else if (type == 6) {
		extra = soa;
		size = sizeof(soa);
	}
	p[2] = 0x81;
	p[3] = 0x80;
	memset(p + 6, 0, 6);
	if (extra == NULL)
		return end;
	p[7] = 1;
	memcpy(p + end, extra, size);
	return end + size;
}

static void *
serve(void *object)
{
	struct server *s = object;

	for (;;) {
		uint8_t packet[1024];
		struct sockaddr_in from;
		socklen_t size = sizeof(from);

		if (s->datagrams) {
			ssize_t n = recvfrom(s->fd, packet, 512, 0, (struct sockaddr *)&from, &size);

			if (n <= 12)
				return NULL;
			s->asked++;
			size_t out = dns_answer(packet, (size_t)n);

			(void)sendto(s->fd, packet, out, 0, (struct sockaddr *)&from, size);
			continue;
		}
		int fd = accept(s->fd, NULL, NULL);

		if (fd < 0)
			return NULL;
		answer_one(s, fd);
		(void)close(fd);
	}
}

static void
server_start(struct server *s, const struct answer *answers, bool datagrams)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(at);

	*s = (struct server){ .answers = answers, .datagrams = datagrams };
	s->fd = socket(AF_INET, datagrams ? SOCK_DGRAM : SOCK_STREAM, 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_true(datagrams || listen(s->fd, 16) == 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&at, &size), 0);
	s->port = ntohs(at.sin_port);
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void
server_stop(struct server *s)
{
	(void)shutdown(s->fd, SHUT_RDWR);
	if (s->datagrams) { /* wake it with an empty packet */
		struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(s->port),
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		int fd = socket(AF_INET, SOCK_DGRAM, 0);

		(void)sendto(fd, "", 0, 0, (struct sockaddr *)&at, sizeof(at));
		(void)close(fd);
	}
	(void)pthread_join(s->thread, NULL);
	(void)close(s->fd);
}

static const struct ask here = { .reach = ASK_LOOPBACK, .seconds = 1, .resolver = "" };

static const char *
at(struct arena *a, const struct server *s)
{
	return arena_printf(a, "127.0.0.1:%u", s->port);
}

static void
a_slow_server_ends_in_time(void **state)
{
	static const struct answer answers[] = {
		{ "drip", "", DRIP },
		{ "hang", "", HANG },
		{ "endless", "", ENDLESS },
		{ "plain", "inetnum: 192.0.2.0/24\r\n", PLAIN },
		{ NULL, NULL, PLAIN },
	};
	struct ask_answer x;
	struct server s;
	int64_t from;

	server_start(&s, answers, false);
	const char *server = at(*state, &s);

	assert_ok(ask_whois(*state, &here, server, "plain", 100, &x));
	assert_true(str_is(x.bytes, "inetnum: 192.0.2.0/24\r\n"));
	from = clock_monotonic_us();
	assert_err(ask_whois(*state, &here, server, "drip", 10000, &x), ERR_TIMEOUT);
	assert_true(x.bytes.n > 2);
	assert_non_null(x.fault);
	assert_true(clock_monotonic_us() - from < 3000000);
	assert_err(ask_whois(*state, &here, server, "hang", 100, &x), ERR_TIMEOUT);
	assert_ok(ask_whois(*state, &here, server, "endless", 100000, &x));
	assert_true(x.is_cut);
	assert_int_equal(x.bytes.n, 100000);
	assert_ok(ask_whois(*state, &here, server, "nothing", 100, &x));
	assert_int_equal(x.bytes.n, 0);
	server_stop(&s);
	assert_err(ask_whois(*state, &here, server, "plain", 100, &x), ERR_UNAVAILABLE);
}

static void
nobody_else_is_reached(void **state)
{
	const struct ask nothing = { .reach = ASK_NOTHING, .seconds = 1, .resolver = "" };
	const struct ask internet = { .reach = ASK_INTERNET, .seconds = 1, .resolver = "" };
	static const struct {
		const char *ip;
		bool loopback, internet;
	} cases[] = {
		{ "127.0.0.1", true, false },
		{ "::1", true, false },
		{ "::ffff:127.0.0.1", true, false },
		{ "10.0.0.1", false, false },
		{ "169.254.169.254", false, false },
		{ "192.0.2.1", false, false },
		{ "fd00::1", false, false },
		{ "8.8.8.8", false, true },
	};
	struct ask_answer x;
	struct ask_names names;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ip ip;

		assert_ok(ip_parse(str_of(cases[i].ip), &ip));
		assert_false(ask_may_reach(ASK_NOTHING, &ip));
		assert_int_equal(ask_may_reach(ASK_LOOPBACK, &ip), cases[i].loopback);
		assert_int_equal(ask_may_reach(ASK_INTERNET, &ip), cases[i].internet);
	}
	assert_err(ask_whois(*state, &nothing, "127.0.0.1:43", "x", 100, &x), ERR_DENIED);
	assert_non_null(x.fault);
	assert_err(ask_whois(*state, &here, "192.0.2.1", "x", 100, &x), ERR_DENIED);
	assert_err(ask_whois(*state, &internet, "127.0.0.1:43", "x", 100, &x), ERR_DENIED);
	assert_err(ask_http(*state, &internet, "http://[::1]/", "*/*", 100, &x), ERR_DENIED);
	assert_err(ask_http(*state, &internet, "http://0x7f000001/", "*/*", 100, &x), ERR_DENIED);
	assert_err(ask_http(*state, &here, "file:///etc/passwd", "*/*", 100, &x), ERR_INVALID);
	assert_err(ask_http(*state, &here, "http://192.0.2.1/", "*/*", 100, &x), ERR_DENIED);
	/* without a resolver here no name is asked for */
	assert_err(ask_addresses(*state, &here, "www.example.jp", &names), ERR_DENIED);
	assert_err(ask_whois(*state, &here, "", "x", 100, &x), ERR_INVALID);
	assert_err(ask_whois(*state, &here, "127.0.0.1:0", "x", 100, &x), ERR_INVALID);
}

#define HTTP(text) "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" text

static void
redirects_end(void **state)
{
	static const struct answer answers[] = {
		{ "GET /circle", "HTTP/1.1 302 Found\r\nLocation: /circle\r\nContent-Length: 0\r\n\r\n", PLAIN },
		{ "GET /moved", "HTTP/1.1 301 Moved\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n", PLAIN },
		{ "GET /there", HTTP("here"), PLAIN },
		{ "GET /away", "HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n", PLAIN },
		{ "GET /file", "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n", PLAIN },
		{ "GET /none", "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", PLAIN },
		{ "GET /often", "HTTP/1.1 429 No\r\nContent-Length: 0\r\n\r\n", PLAIN },
		{ "GET /hang", "", HANG },
		{ NULL, NULL, PLAIN },
	};
	static const struct {
		const char *path;
		enum err want;
	} cases[] = {
		{ "there", OK }, { "moved", OK }, { "circle", ERR_LIMIT }, { "away", ERR_DENIED },
		{ "file", ERR_INVALID }, { "none", ERR_NOT_FOUND }, { "often", ERR_LIMIT },
		{ "hang", ERR_TIMEOUT },
	};
	struct ask_answer x;
	struct server s;

	server_start(&s, answers, false);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *url = arena_printf(*state, "http://%s/%s", at(*state, &s), cases[i].path);
		enum err e = ask_http(*state, &here, url, "*/*", 100, &x);

		if (e != cases[i].want)
			fail_msg("%s: %s", cases[i].path, err_name(e));
		assert_int_equal(e == OK, x.fault == NULL);
		if (e == OK)
			assert_true(str_is(x.bytes, "here"));
	}
	/* at, and above the bound */
	const char *url = arena_printf(*state, "http://%s/there", at(*state, &s));

	assert_ok(ask_http(*state, &here, url, "*/*", 4, &x));
	assert_err(ask_http(*state, &here, url, "*/*", 3, &x), ERR_LIMIT);
	assert_true(x.is_cut);
	server_stop(&s);
}

static void
answers_about_others_are_told(void **state)
{
	static const struct {
		const char *asked, *object, *is;
		bool about;
	} cases[] = {
		{ "www.example.jp", "domain", "example.jp", true },
		{ "www.example.jp", "domain", "example.com", false },
		{ "www.example.jp", "domain", "", true },
		{ "192.0.2.1", "network", "192.0.2.0/24", true },
		{ "192.0.2.1", "network", "192.0.2.0 - 192.0.2.255 (/24)", true },
		{ "192.0.2.1", "network", "192.0.2.1 - 192.0.2.1", true },
		{ "192.0.2.1", "network", "192.0.2.2 - 192.0.2.9", false },
		{ "192.0.2.1", "network", "2001:db8::/32", false },
		{ "192.0.2.1", "network", "unreadable", true },
		{ "2001:db8::1", "network", "2001:db8:: - 2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", true },
		{ "2001:db8::1", "network", "2001:db8:1::/48", false },
		{ "AS64500", "as", "AS64500", true },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct host h;
		struct found f;

		found_init(&f, *state, "whois");
		f.object = cases[i].object;
		f.domain = strcmp(f.object, "domain") == 0 ? cases[i].is : "";
		f.range = cases[i].is;
		assert_ok(host_parse(*state, str_of(cases[i].asked), &h));
		if (lookup_about(&h, &f) != cases[i].about)
			fail_msg("%s: %s", cases[i].asked, cases[i].is);
	}
}

/* The parse role, as a thread. */
static enum err
parse_one(void *object, struct arena *a, struct str name, struct str payload, struct buf *out)
{
	(void)object;
	if (str_is(name, "whois"))
		return whois_parse_row(a, payload, NULL, out);
	if (str_is(name, "rdap"))
		return rdap_parse_row(a, payload, NULL, out);
	if (str_is(name, "rdap-bootstrap"))
		return rdap_bootstrap_row(a, payload, NULL, out);
	return str_is(name, "security.txt") ? security_txt_parse_row(a, payload, NULL, out) : ERR_NOT_FOUND;
}

static void *
parse_role(void *object)
{
	while (ipc_serve_one(object, parse_one, NULL) == OK)
		continue;
	return NULL;
}

extern const struct job_kind lookup_jobs[];

struct world {
	struct unit_db *u;
	struct blob_store *blobs;
	struct work work;
	struct ipc *parse;
	pthread_t parser;
	int64_t now;
};

static void
world_open(struct world *w, struct unit_db *u)
{
	static const unsigned char key[32] = { 7 };
	int ends[2];

	*w = (struct world){ .u = u, .now = NOW };
	assert_ok(blob_store_open(u->folder, key, &w->blobs));
	assert_ok(ipc_pair(ends));
	w->parse = ipc_new(ends[1]);
	w->work = (struct work){ .parse = ipc_new(ends[0]), .blobs = w->blobs, .data_dir = u->folder };
	assert_int_equal(pthread_create(&w->parser, NULL, parse_role, w->parse), 0);
}

static void
world_close(struct world *w)
{
	ipc_free(w->work.parse);
	(void)pthread_join(w->parser, NULL);
	ipc_free(w->parse);
	blob_store_free(w->blobs);
}

static void
set(struct world *w, const char *key, const char *value)
{
	assert_ok(setting_set(w->u->db, w->u->a, (const unsigned char[32]){ 7 }, str_of(key), str_of(value)));
}

/* Runs what waits, as the work role does; how many. */
static int
run(struct world *w)
{
	struct value *jobs;
	int n = 0;

	for (;;) {
		assert_ok(db_begin_write(w->u->db));
		assert_ok(job_take(w->u->db, w->u->a, JOB_ANY, "", w->now, 10, &jobs));
		assert_ok(db_commit(w->u->db));
		if (value_count(jobs) == 0)
			return n;
		for (size_t i = 0; i < value_count(jobs); i++) {
			struct job_run j = { .a = w->u->a, .now = w->now, .work = &w->work, .tries = 1,
				.payload = value_get(value_at(jobs, i), "payload"),
				.id = value_integer(value_get(value_at(jobs, i), "id")) };

			assert_ok(db_begin_read(w->u->db));
			assert_ok(lookup_jobs[0].load(&j, w->u->db));
			assert_ok(db_commit(w->u->db));
			assert_ok(lookup_jobs[0].act(&j));
			assert_ok(db_begin_write(w->u->db));
			assert_ok(lookup_jobs[0].save(&j, w->u->db));
			assert_ok(job_done(w->u->db, j.id, w->now));
			assert_ok(db_commit(w->u->db));
			n++;
		}
	}
}

static enum err
request(struct world *w, const char *text, enum pap pap)
{
	struct host h;

	assert_ok(host_parse(w->u->a, str_of(text), &h));
	assert_ok(db_begin_write(w->u->db));
	enum err e = lookup_ask(w->u->db, w->u->a, &h, pap, false, w->now);

	assert_ok(db_commit(w->u->db));
	return e;
}

static const struct lookup_answer *
find(struct world *w, const char *object, const char *kind)
{
	struct lookup_answer *list;
	size_t n;

	assert_ok(db_begin_read(w->u->db));
	assert_ok(lookup_list(w->u->db, w->u->a, object, &list, &n));
	assert_ok(db_commit(w->u->db));
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i].kind, kind) == 0)
			return &list[i];
	}
	return NULL;
}

static const char *
abuse_of(struct world *w, const struct lookup_answer *x)
{
	struct found f;

	assert_non_null(x);
	assert_ok(found_read(w->u->a, str_of(x->parsed), &f));
	return found_abuse(&f) == NULL ? "" : found_abuse(&f)->email;
}

static void
all_servers_are_asked(void **state)
{
	struct unit_db *u = unit_db(state);
	struct answer root[4] = { { NULL, NULL, PLAIN } }, registry[4] = { { NULL, NULL, PLAIN } };
	struct answer web[6] = { { NULL, NULL, PLAIN } };
	struct server root_server, registry_server, web_server, dns;
	struct world w;

	world_open(&w, u);
	server_start(&root_server, root, false);
	server_start(&registry_server, registry, false);
	server_start(&web_server, web, false);
	server_start(&dns, NULL, true);
	/* IANA names the registry; the registry names itself again, and IANA: a loop */
	root[0] = (struct answer){ "example.jp", arena_printf(u->a,
		"refer: %s\n\ndomain: JP\n\ncontact: technical\ne-mail: tld@registry.example\n\nsource: IANA\n",
		at(u->a, &registry_server)), PLAIN };
	root[1] = (struct answer){ "127.0.0.1", arena_printf(u->a, "refer: %s\n\ninetnum: 127.0.0.0/8\nsource: IANA\n",
		at(u->a, &registry_server)), PLAIN };
	registry[0] = (struct answer){ "example.jp", arena_printf(u->a,
		"[Domain Name] EXAMPLE.JP\n[Registrant] Example\nContact Information:\n[Email] admin@example.jp\n"
		"Whois Server: %s\n", at(u->a, &root_server)), PLAIN };
	registry[1] = (struct answer){ "127.0.0.1", arena_printf(u->a,
		"inetnum: 127.0.0.0 - 127.0.0.255\nnetname: HOSTER\ncountry: UY\nabuse-mailbox: abuse@hoster.example\n"
		"whois: %s\n", at(u->a, &registry_server)), PLAIN };
	web[0] = (struct answer){ "GET /dns.json", arena_printf(u->a, HTTP("{\"services\":[[[\"jp\"],[\"http://%s/rdap/\"]]]}"),
		at(u->a, &web_server)), PLAIN };
	web[1] = (struct answer){ "GET /rdap/domain/example.jp", HTTP(
		"{\"objectClassName\":\"domain\",\"ldhName\":\"EXAMPLE.JP\",\"events\":7,\"entities\":[{\"roles\":[\"abuse\"],"
		"\"vcardArray\":[\"vcard\",[[\"email\",{},\"text\",\"abuse@example.jp\"]]]}]}"), PLAIN };
	web[2] = (struct answer){ "GET /www.example.jp/security.txt", HTTP(
		"Contact: mailto:csirt@example.jp\nExpires: 2999-01-01T00:00:00Z\n"), PLAIN };
	web[3] = (struct answer){ "GET /", "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", PLAIN };

	/* off until it is switched on */
	assert_err(request(&w, "http://www.example.jp/login", PAP_CLEAR), ERR_DENIED);
	set(&w, "lookup.reach", "loopback");
	set(&w, "lookup.whois", at(u->a, &root_server));
	set(&w, "lookup.rdap", arena_printf(u->a, "http://%s/", at(u->a, &web_server)));
	set(&w, "lookup.security_txt", arena_printf(u->a, "http://%s/*/security.txt", at(u->a, &web_server)));
	set(&w, "lookup.resolver", at(u->a, &dns));
	set(&w, "lookup.seconds", "3");
	assert_err(request(&w, "http://www.example.jp/login", PAP_RED), ERR_DENIED);
	/* AMBER: nobody at the site itself may notice */
	w.now = clock_now();
	assert_ok(request(&w, "http://www.example.jp/login", PAP_AMBER));
	assert_int_equal(run(&w), 1);
	assert_int_equal(dns.asked, 0);
	assert_null(find(&w, "host www.example.jp", "security.txt"));
	assert_string_equal(abuse_of(&w, find(&w, "domain example.jp", "rdap")), "abuse@example.jp");
	const struct lookup_answer *whois = find(&w, "domain example.jp", "whois");

	assert_string_equal(abuse_of(&w, whois), "admin@example.jp");
	assert_int_equal(whois->hop, 1);
	assert_int_equal(root_server.asked, 1);
	assert_int_equal(registry_server.asked, 1);
	assert_true(whois->raw_blob != 0);

	/* what is known is not asked again; the rest is, and then the address */
	assert_ok(request(&w, "http://www.example.jp/login", PAP_CLEAR));
	assert_int_equal(run(&w), 2);
	assert_string_equal(abuse_of(&w, find(&w, "host www.example.jp", "security.txt")), "csirt@example.jp");
	assert_string_equal(find(&w, "host www.example.jp", "address")->parsed, "{\"addresses\":[\"127.0.0.1\"]}");
	struct found f;

	assert_ok(found_read(u->a, str_of(find(&w, "domain example.jp", "soa")->parsed), &f));
	assert_string_equal(f.contact[0].email, "zonemail@example.jp");
	whois = find(&w, "ip 127.0.0.1", "whois");
	assert_string_equal(abuse_of(&w, whois), "abuse@hoster.example");
	assert_int_equal(whois->hop, 1);
	assert_int_equal(root_server.asked, 2);
	assert_int_equal(registry_server.asked, 2);
	/* no bootstrap file for addresses: told, not fatal */
	assert_string_equal(find(&w, "file ipv4.json", "bootstrap")->state, "none");
	/* all of it known now */
	int asked = root_server.asked + registry_server.asked + web_server.asked;

	assert_ok(request(&w, "http://www.example.jp/login", PAP_CLEAR));
	assert_int_equal(run(&w), 1);
	assert_int_equal(root_server.asked + registry_server.asked + web_server.asked, asked);
	server_stop(&root_server);
	server_stop(&registry_server);
	server_stop(&web_server);
	server_stop(&dns);
	world_close(&w);
}

static void
a_server_is_not_asked_too_often(void **state)
{
	static const struct answer answers[] = {
		{ "192.0.2.", "inetnum: 192.0.2.0/24\nabuse-mailbox: abuse@isp.example\n", PLAIN },
		{ NULL, NULL, PLAIN },
	};
	struct unit_db *u = unit_db(state);
	struct server server;
	struct world w;

	world_open(&w, u);
	server_start(&server, answers, false);
	set(&w, "lookup.reach", "loopback");
	set(&w, "lookup.whois", at(u->a, &server));
	set(&w, "lookup.rdap", arena_printf(u->a, "http://%s/", at(u->a, &server)));
	set(&w, "lookup.server_hour", "5");
	w.now = clock_now();
	for (int i = 0; i < 6; i++)
		assert_ok(request(&w, arena_printf(u->a, "192.0.2.%d", i), PAP_CLEAR));
	assert_int_equal(run(&w), 6);
	assert_true(server.asked <= 5);
	assert_int_equal(run(&w), 0);
	/* the rest waits for the next hour */
	int64_t next;

	assert_ok(db_begin_read(u->db));
	assert_ok(job_next_at(u->db, JOB_ANY, "", &next));
	assert_ok(db_commit(u->db));
	assert_true(next >= w.now + CLOCK_HOUR);
	server_stop(&server);
	world_close(&w);
}

static enum err
max_answer(struct db *db, int64_t *ret)
{
	AUTO(db_stmt) q = NULL;

	TRY(db_one(db, &q, "SELECT MAX(id) FROM lookup_answer"));
	*ret = db_int(q, 0);
	return OK;
}

static bool
blob_there(struct db *db, int64_t id)
{
	AUTO(db_stmt) q = NULL;

	assert_ok(db_one(db, &q, "SELECT COUNT(*) FROM blob WHERE id = ?1", DB_INT(id)));
	return db_int(q, 0) == 1;
}

/* Old answers go, but the newest of each question stays: it is what is known. */
static void
old_answers_are_forgotten(void **state)
{
	struct unit_db *u = unit_db(state);
	struct world w;
	struct lookup_answer x = { .object = "domain one.example", .kind = "whois", .server = "a", .question = "one.example",
		.state = "found", .error = "", .error_value = "", .parsed = "" };
	struct lookup_answer *list;
	int64_t n;
	size_t left;

	world_open(&w, u);
	assert_ok(db_begin_write(u->db));
	/* the two oldest said the same: one blob, which goes with the second */
	int64_t blob[2];

	assert_ok(blob_put(w.blobs, u->db, STR("what the server said"), 1, &blob[0]));
	assert_ok(blob_put(w.blobs, u->db, STR("what it says now"), 1, &blob[1]));
	for (x.fetched_at = 1000; x.fetched_at <= 3000; x.fetched_at += 1000) {
		int64_t id;

		assert_ok(lookup_add(u->db, NULL, &x));
		assert_ok(max_answer(u->db, &id));
		assert_ok(db_run(u->db, "UPDATE lookup_answer SET raw_blob = ?2 WHERE id = ?1", DB_INT(id),
		    DB_INT(blob[x.fetched_at == 3000])));
	}
	x.server = "b";
	x.fetched_at = 500;
	assert_ok(lookup_add(u->db, NULL, &x));
	assert_ok(lookup_purge(u->db, 2500, 1, &n));
	assert_int_equal(n, 1);
	assert_true(blob_there(u->db, blob[0]));
	assert_ok(lookup_purge(u->db, 2500, 10, &n));
	assert_int_equal(n, 1);
	assert_false(blob_there(u->db, blob[0]));
	assert_true(blob_there(u->db, blob[1]));
	assert_ok(lookup_purge(u->db, 9000, 10, &n));
	assert_int_equal(n, 0);
	assert_ok(lookup_list(u->db, u->a, x.object, &list, &left));
	assert_int_equal(left, 2);
	assert_ok(db_commit(u->db));
	world_close(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_slow_server_ends_in_time),
		UNIT_TEST(nobody_else_is_reached),
		UNIT_TEST(redirects_end),
		UNIT_TEST(answers_about_others_are_told),
		UNIT_DB_TEST(all_servers_are_asked),
		UNIT_DB_TEST(a_server_is_not_asked_too_often),
		UNIT_DB_TEST(old_answers_are_forgotten),
	};

	return cmocka_run_group_tests_name("lookup", tests, NULL, NULL);
}
