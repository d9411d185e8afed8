/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/watch.h"

#include <string.h>

#include "base/arena.h"
#include "base/ip.h"
#include "base/limit.h"
#include "base/url.h"
#include "base/utf8.h"
#include "text/i18n.h"

const struct word watch_kinds[] = {
	{ "host", NC_("watch", "Host") },
	{ "domain", NC_("watch", "Domain and all below it") },
	{ "address", NC_("watch", "IP address") },
	{ "url", NC_("watch", "URL") },
	{ "email", NC_("watch", "Mail address of a sender or contact") },
	{ "hash", NC_("watch", "Hash of a file or page") },
	{ "brand", NC_("watch", "Brand") },
	{ NULL, NULL },
};

static const char *
kind_of(enum extract_type type)
{
	switch (type) {
	case EXTRACT_URL:
		return "url";
	case EXTRACT_HOST:
		return "host";
	case EXTRACT_IPV4:
	case EXTRACT_IPV6:
		return "address";
	case EXTRACT_EMAIL:
		return "email";
	case EXTRACT_MD5:
	case EXTRACT_SHA1:
	case EXTRACT_SHA256:
		return "hash";
	case EXTRACT_CVE:
	case EXTRACT_ASN:
		break;
	}
	return NULL;
}

const char *
watch_value(struct arena *a, const char *kind, struct str text, const char **ret_kind)
{
	const struct extract_found *found;
	struct str host, s = str_trim(text);
	size_t n;

	if (s.n == 0 || s.n > LIMIT_URL)
		return NULL;
	if (strcmp(kind, "brand") == 0) {
		*ret_kind = "brand";
		return arena_cstr(a, utf8_fold(a, s));
	}
	if (strcmp(kind, "domain") == 0 || strcmp(kind, "host") == 0) {
		struct str plain = url_refang(a, s);

		*ret_kind = kind;
		if (url_host(a, plain, &host) == OK && str_find_char(host, '.', 0) != SIZE_MAX)
			return arena_cstr(a, host);
	}
	if (extract_find(a, s, &found, &n) != OK)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		const char *is = kind_of(found[i].type);

		/* "example.jp" of "https://example.jp/x" is asked for by its kind. */
		if (is == NULL || (*kind != '\0' && strcmp(is, kind) != 0 && !(strcmp(kind, "domain") == 0 && strcmp(is, "host") == 0)))
			continue;
		*ret_kind = *kind == '\0' ? is : kind;
		return arena_cstr(a, found[i].type == EXTRACT_EMAIL ? utf8_fold(a, found[i].value) : found[i].value);
	}
	return NULL;
}

struct seen_list {
	struct arena *a;
	struct watch_seen *item;
	size_t n;
};

static void
add(struct seen_list *l, const char *kind, struct str value)
{
	for (size_t i = 0; i < l->n && l->n < 256; i++) {
		if (strcmp(l->item[i].kind, kind) == 0 && str_equal(l->item[i].value, value))
			return;
	}
	l->item = arena_room(l->a, l->item, l->n, sizeof(*l->item));
	l->item[l->n++] = (struct watch_seen){ kind, value };
}

/* The name and each one above it that still has a dot. */
static void
add_domains(struct seen_list *l, struct str host)
{
	for (int labels = 0; labels < 10 && str_find_char(host, '.', 0) != SIZE_MAX; labels++) {
		add(l, "domain", host);
		host = str_skip(host, str_find_char(host, '.', 0) + 1);
	}
}

struct watch_seen *
watch_seen_of(struct arena *a, const struct extract_found *found, size_t n, const char *brand, const char *email,
    size_t *ret_n)
{
	struct seen_list l = { .a = a };

	for (size_t i = 0; i < n; i++) {
		const char *kind = kind_of(found[i].type);

		if (kind == NULL)
			continue;
		add(&l, kind, found[i].type == EXTRACT_EMAIL ? utf8_fold(a, found[i].value) : found[i].value);
		if (found[i].type == EXTRACT_HOST)
			add_domains(&l, found[i].value);
		if (found[i].type == EXTRACT_EMAIL)
			add_domains(&l, str_skip(found[i].value, str_find_char(found[i].value, '@', 0) + 1));
	}
	if (brand != NULL && *brand != '\0')
		add(&l, "brand", utf8_fold(a, str_of(brand)));
	if (email != NULL && *email != '\0') {
		struct str e = utf8_fold(a, str_of(email));
		size_t at = str_find_char(e, '@', 0);

		add(&l, "email", e);
		if (at != SIZE_MAX)
			add_domains(&l, str_skip(e, at + 1));
	}
	*ret_n = l.n;
	return l.item;
}
