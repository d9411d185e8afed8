/* SPDX-License-Identifier: Apache-2.0 */
#include "sensor/identity.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/hex.h"
#include "base/limit.h"
#include "sys/files.h"

static const char *
path_of(struct arena *a, const char *state)
{
	return arena_printf(a, "%s/identity", state);
}

enum err
identity_load(struct arena *a, const char *state, struct identity *ret)
{
	struct identity i = { .name = "", .centre = "" };
	struct str text, s;
	int64_t number = 0;

	TRY(files_read(a, path_of(a, state), LIMIT_KIB(4), &text));
	while (str_line(&text, &s)) {
		if (str_eat(&s, STR("sensor "))) {
			if (!str_int(s, 1, INT64_MAX, &number))
				return ERR_INVALID;
		} else if (str_eat(&s, STR("name "))) {
			i.name = arena_cstr(a, s);
		} else if (str_eat(&s, STR("centre "))) {
			i.centre = arena_cstr(a, s);
		} else if (str_eat(&s, STR("pin "))) {
			TRY(hex_parse(s, i.pin, sizeof(i.pin)));
			i.pinned = true;
		} else {
			return ERR_INVALID;
		}
	}
	i.sensor = (uint64_t)number;
	if (i.sensor == 0)
		return ERR_INVALID;
	*ret = i;
	return OK;
}

enum err
identity_save(const char *state, const struct identity *i)
{
	AUTO(arena) a = arena_new();
	struct buf *b = buf_new(a, LIMIT_KIB(4));

	buf_printf(b, "sensor %llu\nname %s\ncentre %s\n", (unsigned long long)i->sensor, i->name, i->centre);
	if (i->pinned)
		buf_printf(b, "pin %s\n", hex_format(a, i->pin, sizeof(i->pin)));
	TRY(buf_error(b));
	return files_write(path_of(a, state), buf_view(b), 0600);
}
