/* SPDX-License-Identifier: Apache-2.0 */
#include "observation/scanner.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "directory/prefix_table.h"
#include "text/value.h"

static enum err
add(struct arena *a, struct scanner_list *l, struct str s)
{
	struct ip_net net = { .prefix = 0 };

	if (s.n == 0)
		return OK;
	if (ip_net_parse_any(s, &net) != OK || net.prefix == 0) { /* all there is would be a mistake */
		l->bad++;
		return OK;
	}
	if (l->n == SCANNER_NETS)
		return ERR_LIMIT;
	l->net = arena_room(a, l->net, l->n, sizeof(*l->net));
	l->net[l->n++] = net;
	return OK;
}

static enum err
warning_list(struct arena *a, struct str bytes, struct scanner_list *l)
{
	struct value *v;
	const struct value *list;

	TRY(value_parse(a, bytes, &v, NULL));
	list = value_get(v, "list");
	l->name = arena_cstr(a, utf8_take(utf8_clean_line(a, value_str(value_get(v, "name"))), SCANNER_NAME));
	for (size_t i = 0; i < value_count(list); i++)
		TRY(add(a, l, str_trim(value_str(value_at(list, i)))));
	return OK;
}

enum err
scanner_parse(struct arena *a, struct str bytes, struct scanner_list *ret)
{
	struct scanner_list l = { .name = "" };
	struct str line, rest = bytes;

	if (str_starts(str_trim(bytes), STR("{"))) {
		TRY(warning_list(a, bytes, &l));
	} else {
		while (str_line(&rest, &line))
			TRY(add(a, &l, str_trim(str_take(line, str_find_char(line, '#', 0)))));
	}
	if (l.n == 0)
		return ERR_INVALID;
	*ret = l;
	return OK;
}

const char *
scanner_format(struct arena *a, const struct scanner_list *l)
{
	struct buf *b = buf_new(a, LIMIT_MIB(4));

	for (size_t i = 0; i < l->n; i++)
		buf_printf(b, "%s/%d\n", ip_format(a, &l->net[i].ip), l->net[i].prefix);
	return buf_cstr(a, b);
}

void
scanner_set_done(struct scanners *s)
{
	prefix_table_free(s->table);
	s->table = NULL;
}

const char *
scanner_set_find(const struct scanners *s, const struct ip *ip)
{
	uint32_t i = s->table == NULL ? PREFIX_NONE : prefix_table_find(s->table, ip);

	return i < s->n ? s->name[i] : NULL;
}
