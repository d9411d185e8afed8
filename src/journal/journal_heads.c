/* SPDX-License-Identifier: Apache-2.0 */
/* The file of signed heads: appended, synced, never rewritten. */
#include "journal/journal.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"

/* Cut a last line that a crash left without its line feed. */
static enum err
drop_partial_line(int fd)
{
	struct stat st;
	char tail[512]; /* a line has at most 250 bytes */

	if (fstat(fd, &st) != 0)
		return ERR_IO;
	if (st.st_size == 0)
		return OK;

	off_t from = st.st_size > (off_t)sizeof(tail) ? st.st_size - (off_t)sizeof(tail) : 0;
	ssize_t n = pread(fd, tail, sizeof(tail), from);

	if (n <= 0)
		return ERR_IO;

	const char *end = memrchr(tail, '\n', (size_t)n);
	off_t whole = end == NULL ? from : from + (end - tail) + 1;

	if (end == NULL && from != 0)
		return ERR_INVALID; /* not our file */
	if (whole < st.st_size && ftruncate(fd, whole) != 0)
		return ERR_IO;
	return OK;
}

static enum err
append(int fd, struct str line)
{
	TRY(drop_partial_line(fd));
	if (write(fd, line.p, line.n) != (ssize_t)line.n)
		return ERR_IO;
	return fsync(fd) == 0 ? OK : ERR_IO;
}

enum err
journal_heads_add(const char *path, const struct journal_key *key,
    const struct journal_head *head, int64_t now)
{
	AUTO(arena) a = arena_new();
	const char *line = arena_printf(a, "%s\n", journal_heads_line(a, key, head, now));
	int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return ERR_IO;

	enum err e = append(fd, str_of(line));

	(void)close(fd); /* synced already */
	return e;
}
