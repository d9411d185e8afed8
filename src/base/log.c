/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"

static const char *log_role = "command";
static enum log_level log_least = LOG_LEVEL_INFO;

void
log_init(const char *role, enum log_level least)
{
	log_role = role;
	log_least = least;
}

/* ${s} as a JSON string. Bytes that are not text must not break the line. */
static void
quoted(struct buf *b, const char *s)
{
	buf_char(b, '"');
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\') {
			buf_char(b, '\\');
			buf_char(b, (char)c);
		} else if (c < 0x20 || c == 0x7f) {
			buf_printf(b, "\\u%04x", c);
		} else {
			buf_char(b, (char)c);
		}
	}
	buf_char(b, '"');
}

void
log_line_(enum log_level level, const char *message,
    const struct log_field *fields)
{
	static const char *const names[] = { "debug", "info", "warn", "error" };
	struct timespec now;
	struct tm tm;
	char stamp[32];
	struct buf b;

	if (level < log_least)
		return;
	(void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail here */
	(void)gmtime_r(&now.tv_sec, &tm);
	(void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm);

	buf_init(&b, 16 * 1024);
	buf_printf(&b, "{\"time\":\"%s.%03ldZ\",\"level\":\"%s\",\"role\":\"%s\""
		       ",\"pid\":%d,\"message\":",
	    stamp, now.tv_nsec / 1000000, names[level], log_role,
	    (int)getpid());
	quoted(&b, message);
	for (; fields->key != NULL; fields++) {
		buf_char(&b, ',');
		quoted(&b, fields->key);
		buf_char(&b, ':');
		if (fields->text != NULL)
			quoted(&b, fields->text);
		else
			buf_int(&b, fields->number);
	}
	buf_text(&b, "}\n");
	if (buf_error(&b) == OK) {
		struct str line = buf_view(&b);

		/* One write, so that lines of several processes do not mix;
		 * a full log disk must not stop the service. */
		ssize_t n = write(STDERR_FILENO, line.p, line.n);
		(void)n;
	}
	buf_done(&b);
}
