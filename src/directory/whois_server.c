/* SPDX-License-Identifier: Apache-2.0 */
/* whois_server.c - what single servers want to be asked, and answer in. */
#include <string.h>

#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "directory/whois.h"
#include "directory/whois_priv.h"
#include "mail/mail_charset.h"

/* A server's way of being asked; %s is the object. Others take it bare. */
static const struct {
	const char *server, *before, *after, *charset;
} servers[] = {
	{ "whois.arin.net", "n + ", "", "UTF-8" },	/* all of the network, not a list of handles */
	{ "whois.denic.de", "-T dn,ace ", "", "UTF-8" },
	{ "whois.ripe.net", "-B ", "", "ISO-8859-1" },	/* with mail addresses */
	{ "whois.apnic.net", "", "", "UTF-8" },
	{ "whois.afrinic.net", "", "", "UTF-8" },
	{ "whois.lacnic.net", "", "", "ISO-8859-1" },
	{ "whois.registro.br", "", "", "ISO-8859-1" },
	{ "whois.jprs.jp", "", "/e", "ISO-2022-JP" },	/* English: field names do not differ by type */
	{ "whois.nic.ad.jp", "", "/e", "ISO-2022-JP" },
	{ "whois.kisa.or.kr", "", "", "UTF-8" },
	{ "whois.krnic.net", "", "", "EUC-KR" },
	{ "whois.twnic.net.tw", "", "", "UTF-8" },
};

/* A name without its port. */
static bool
is_server(const char *server, const char *name)
{
	size_t n = strlen(name);

	return str_starts_case(str_of(server), str_of(name)) && (server[n] == '\0' || server[n] == ':');
}

enum err
whois_query(struct arena *a, const char *server, struct str object, const char **ret)
{
	if (object.n == 0 || object.n > 300)
		return ERR_INVALID;
	for (size_t i = 0; i < object.n; i++) {
		if ((unsigned char)object.p[i] <= ' ' || object.p[i] == 0x7f)
			return ERR_INVALID; /* a second line would be a second question */
	}
	if (object.p[0] == '-')
		return ERR_INVALID; /* an option */
	for (size_t i = 0; i < COUNT(servers); i++) {
		if (is_server(server, servers[i].server)) {
			*ret = arena_printf(a, "%s%.*s%s", servers[i].before, STR_F(object), servers[i].after);
			return OK;
		}
	}
	*ret = arena_cstr(a, object);
	return OK;
}

const char *
whois_charset(const char *server)
{
	for (size_t i = 0; i < COUNT(servers); i++) {
		if (is_server(server, servers[i].server))
			return servers[i].charset;
	}
	return "";
}

/* Pairs of bytes from A1 on, as all of Hangul in EUC-KR is. */
static bool
looks_like_euc(struct str s)
{
	size_t pairs = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x80)
			continue;
		if (c < 0xa1 || i + 1 == s.n || (unsigned char)s.p[i + 1] < 0xa1)
			return false;
		pairs++;
		i++;
	}
	return pairs > 0;
}

struct str
whois_decode(struct arena *a, struct str charset, struct str bytes, struct mail_charset_note *ret)
{
	const char *name;

	/* What the bytes prove counts more than what is known of the server: many
	 * changed to UTF-8 over the years, and tests have servers of their own. */
	if (str_find(bytes, STR("\x1b$"), 0) != SIZE_MAX)
		name = "ISO-2022-JP";
	else if (utf8_valid(bytes))
		name = "UTF-8";
	else if (charset.n > 0 && !str_is_case(charset, "UTF-8") &&
	    !str_is_case(charset, "ISO-2022-JP") && mail_charset_known(charset))
		name = arena_cstr(a, charset);
	else if (looks_like_euc(bytes))
		name = "EUC-KR";
	else
		name = "ISO-8859-1";
	return mail_charset_decode(a, str_of(name), bytes, ret);
}
