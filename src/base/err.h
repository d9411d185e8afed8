/* SPDX-License-Identifier: Apache-2.0 */
/*
 * err.h - the one list of failures.
 *
 * Every function that can fail returns enum err.  What the *user* did wrong
 * travels beside it, in struct problems (base/problems.h).
 * Only web/web_error.c turns these into a status and cli/cli.c into an exit
 * code.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define MUST_USE __attribute__((warn_unused_result))

enum err {
	OK = 0,
	ERR_INVALID,	 /* what came in cannot be read or is not allowed */
	ERR_NOT_FOUND,	 /* there is none (or the caller may not know it) */
	ERR_EXISTS,	 /* there is one already */
	ERR_CONFLICT,	 /* somebody else changed it meanwhile */
	ERR_DENIED,	 /* the caller may not do this */
	ERR_LIMIT,	 /* larger, deeper or more often than we accept */
	ERR_IO,		 /* disk, database or network failed */
	ERR_TIMEOUT,	 /* took longer than we wait */
	ERR_UNAVAILABLE, /* cannot be served now; the same may work later */
};

/* A short English name for logs: "not found". Never NULL. */
const char *err_name(enum err e);

/* Return ${x}'s failure to our caller. */
#define TRY(x)                                                                 \
	do {                                                                   \
		enum err try_e = (x);                                          \
		if (try_e != OK)                                               \
			return try_e;                                          \
	} while (0)

/*
 * Declare a handle that releases itself when the scope ends:
 * AUTO(db_stmt) q = NULL;  needs  void db_stmt_free(struct db_stmt *) and
 * AUTO_DEFINE(db_stmt) in the header that declares it.
 */
#define AUTO(type)                                                             \
	__attribute__((cleanup(type##_auto_free))) struct type *
#define AUTO_DEFINE(type)                                                      \
	static inline void type##_auto_free(struct type **p)                   \
	{                                                                      \
		type##_free(*p);                                               \
	}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
