/* SPDX-License-Identifier: Apache-2.0 */
/* geo_read.c - country files of tor-geoipdb and the operator's own CSV. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "directory/geo_priv.h"
#include "directory/host.h"
#include "text/i18n.h"

/* "Thu, 25 Jun 2026 04:33:59 GMT" */
static int64_t
http_date(struct str s)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct civil c = { .year = 0 };
	uint64_t n[5];
	size_t comma = str_find_char(s, ',', 0);

	s = str_trim(str_skip(s, comma == SIZE_MAX ? 0 : comma + 1));
	if (!str_eat_digits(&s, 1, 2, &n[0]) || !str_eat(&s, STR(" ")) || s.n < 4)
		return 0;
	size_t month = str_find(str_of(months), str_take(s, 3), 0);

	s = str_skip(s, 3);
	if (month == SIZE_MAX || month % 3 != 0 || !str_eat(&s, STR(" ")) ||
	    !str_eat_digits(&s, 4, 4, &n[1]) || !str_eat(&s, STR(" ")) ||
	    !str_eat_digits(&s, 2, 2, &n[2]) || !str_eat(&s, STR(":")) ||
	    !str_eat_digits(&s, 2, 2, &n[3]) || !str_eat(&s, STR(":")) ||
	    !str_eat_digits(&s, 2, 2, &n[4]) || n[0] < 1 || n[0] > 31 || n[2] > 23 ||
	    n[3] > 59 || n[4] > 60 || n[1] < 1)
		return 0;
	c = (struct civil){ .year = (int32_t)n[1], .month = (int32_t)(month / 3 + 1),
		.day = (int32_t)n[0], .hour = (int32_t)n[2], .minute = (int32_t)n[3],
		.second = (int32_t)n[4] };
	return clock_from_civil(&c, 0);
}

static bool
country_code(struct str s, char *ret)
{
	if (s.n != 2 || !str_is_alpha(s.p[0]) || !str_is_alpha(s.p[1]))
		return false;
	ret[0] = (char)(s.p[0] & ~0x20);
	ret[1] = (char)(s.p[1] & ~0x20);
	return true;
}

static bool
address(struct str s, uint8_t v, struct ip *ret)
{
	int64_t n;

	if (v == 6 || str_find_char(s, '.', 0) != SIZE_MAX)
		return ip_parse(s, ret) == OK && ret->v == v;
	if (!str_int(s, 0, UINT32_MAX, &n))
		return false;
	*ret = (struct ip){ .v = 4,
		.byte = { (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n } };
	return true;
}

enum err
geo_read_tor(struct str text, uint8_t v, struct geo_layer *l, struct geo_ranges *ranges,
    struct geo_source *s)
{
	struct str line, word[3];
	int64_t number = 0;

	while (str_line(&text, &line)) {
		struct prefix_range r;
		struct geo_place p = { .as_number = 0 };

		number++;
		line = str_trim(line);
		if (str_eat(&line, STR("#"))) {
			line = str_trim(line);
			if (str_eat(&line, STR("Generated:")))
				s->made_at = http_date(line);
			continue;
		}
		if (line.n == 0)
			continue;
		if (!str_split(&line, ',', &word[0]) || !str_split(&line, ',', &word[1]) ||
		    !str_split(&line, ',', &word[2]) || !address(word[0], v, &r.from) ||
		    !address(word[1], v, &r.to)) {
			s->line = number;
			s->fault = N_("A line is not \"first,last,country\".");
			return ERR_INVALID;
		}
		if (!country_code(word[2], p.country))
			continue; /* "??": nobody knows */
		r.value = geo_layer_value(l, &p);
		geo_ranges_add(ranges, &r);
		s->rows++;
	}
	s->vendor = "IPFire Location Database";
	s->licence = "CC BY-SA 4.0";
	return OK;
}

/* The networks that make up ${from}..${to}: the largest first that fits. */
static bool
add_span(struct geo_entries *entries, struct ip from, const struct ip *to, uint32_t value)
{
	unsigned bits = from.v == 4 ? 32 : 128;

	for (int budget = 0; budget < 256; budget++) {
		struct ip_net net = { .ip = from, .prefix = (uint8_t)bits };
		struct ip last = from;

		/* Wider while the start is aligned and the end not passed. */
		while (net.prefix > 0) {
			unsigned bit = net.prefix - 1u;
			uint8_t mask = (uint8_t)(0x80 >> bit % 8);

			if ((from.byte[bit / 8] & mask) != 0)
				break;
			last.byte[bit / 8] |= mask;
			if (str_compare((struct str){ (const char *)last.byte, 16 },
				(struct str){ (const char *)to->byte, 16 }) > 0) {
				last.byte[bit / 8] &= (uint8_t)~mask;
				break;
			}
			net.prefix--;
		}
		geo_entries_add(entries, &net, value);
		if (str_compare((struct str){ (const char *)last.byte, 16 },
			(struct str){ (const char *)to->byte, 16 }) >= 0)
			return true;
		from = last;
		for (unsigned i = bits / 8; i > 0 && ++from.byte[i - 1] == 0; i--)
			continue;
	}
	return false;
}

/* The next field of a CSV line (RFC 4180, on one line). */
static bool
field(struct str *line, struct str *ret)
{
	if (line->p == NULL)
		return false;
	if (!str_starts(*line, STR("\"")))
		return str_split(line, ',', ret);
	size_t end = str_find_char(*line, '"', 1);

	if (end == SIZE_MAX)
		return false;
	*ret = str_take(str_skip(*line, 1), end - 1);
	*line = str_skip(*line, end + 1);
	if (!str_eat(line, STR(",")))
		*line = STR_NULL;
	return true;
}

/* network or first-last, country, AS number, AS name: all but the first may be
 * left out, but not all. */
static bool
own_row(struct str line, struct geo_layer *l, struct geo_names *names, struct geo_entries *entries)
{
	struct str word[4] = { STR_NULL, STR_NULL, STR_NULL, STR_NULL };
	struct geo_place p = { .as_number = 0 };
	struct ip_net net;
	struct ip from, to;
	size_t n = 0;

	while (n < 4 && field(&line, &word[n])) {
		word[n] = str_trim(word[n]);
		n++;
	}
	if (n < 2 || line.p != NULL || (word[1].n > 0 && !country_code(word[1], p.country)) ||
	    (word[2].n > 0 && host_as_parse(word[2], &p.as_number) != OK) ||
	    (p.country[0] == '\0' && p.as_number == 0))
		return false;
	size_t dash = str_find_char(word[0], '-', 0);
	bool is_net = ip_net_parse(word[0], &net) == OK;
	bool is_span = !is_net && dash != SIZE_MAX &&
	    ip_parse(str_trim(str_take(word[0], dash)), &from) == OK &&
	    ip_parse(str_trim(str_skip(word[0], dash + 1)), &to) == OK && from.v == to.v &&
	    str_compare((struct str){ (const char *)from.byte, 16 },
		(struct str){ (const char *)to.byte, 16 }) <= 0;

	if (!is_net && !is_span && ip_parse(word[0], &from) == OK) {
		to = from;
		is_span = true;
	}
	if (!is_net && !is_span)
		return false;
	uint32_t value = geo_layer_value(l, &p);

	if (is_net)
		geo_entries_add(entries, &net, value);
	else if (!add_span(entries, from, &to, value))
		return false;
	if (word[3].n > 0 && p.as_number != 0 && word[3].n <= LIMIT_NAME)
		geo_names_add(names, p.as_number, utf8_clean_line(names->a, word[3]));
	return true;
}

enum err
geo_read_own(struct str text, struct geo_layer *l, struct geo_names *names, struct geo_source *s)
{
	struct geo_entries entries = { .n = 0 };
	struct str line;
	int64_t number = 0;

	(void)str_eat(&text, STR("\xef\xbb\xbf"));
	while (str_line(&text, &line)) {
		number++;
		line = str_trim(line);
		if (line.n == 0 || str_starts(line, STR("#")) ||
		    (number == 1 && str_starts_case(line, STR("network"))))
			continue;
		if (line.n > LIMIT_CSV_LINE || !utf8_valid(line) ||
		    !own_row(line, l, names, &entries)) {
			if (s->bad++ == 0)
				s->line = number;
			continue;
		}
		s->rows++;
	}
	if (s->bad > 0)
		s->fault = N_("A row is not \"network,country,AS number,AS name\"; it was left out.");
	enum err e = prefix_table_new(entries.item, entries.n, &l->table);

	geo_entries_free(&entries);
	s->vendor = s->licence = "";
	return e;
}
