/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte is the step in which the rest comes; boundary "XX". */
#include "fuzz.h"

#include "base/buf.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "http/http_multipart.h"

static enum err
begin(void *object, const struct http_part *part)
{
	FUZZ_CHECK(utf8_valid(part->name) && utf8_valid(part->file_name));
	buf_char(object, '<');
	buf_str(object, part->name);
	buf_str(object, part->file_name);
	return OK;
}

static enum err
data_of(void *object, struct str bytes)
{
	buf_str(object, bytes);
	return OK;
}

static enum err
end(void *object)
{
	buf_char(object, '>');
	return OK;
}

static enum err
feed(struct arena *a, struct str s, size_t step, struct buf *heard)
{
	struct http_part_sink sink = { begin, data_of, end, heard };
	struct http_multipart *m = NULL;
	size_t from = 0, to = 0, used = 0;

	TRY(http_multipart_new(a, STR("XX"), &sink, &m));
	while (to < s.n) {
		to = s.n - to < step ? s.n : to + step;
		TRY(http_multipart_feed(m, str_take(str_skip(s, from), to - from), &used));
		from += used;
	}
	return http_multipart_finish(m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;

	AUTO(arena) a = arena_new();
	struct str s = FUZZ_STR(data + 1, size - 1);
	struct buf *whole = buf_new(a, LIMIT_MIB(8)), *pieces = buf_new(a, LIMIT_MIB(8));
	enum err e = feed(a, s, s.n + 1, whole);
	enum err f = feed(a, s, (size_t)data[0] + 1, pieces);

	/* However the bytes are cut, what is heard is the same. */
	if (e == OK)
		FUZZ_CHECK(f == OK && str_equal(buf_view(whole), buf_view(pieces)));
	return 0;
}
