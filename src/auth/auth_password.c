/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <semaphore.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/auth.h"
#include "base/arena.h"
#include "base/limit.h"
#include "base/utf8.h"
#include "text/i18n.h"

#define PASSES 2
#define MEMORY LIMIT_MIB(64)

/* Each hash takes 64 MiB and a core: no more at once than there are cores, or
 * a flood of sign-ins would take the machine's memory. */
static sem_t cores;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
init(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	if (sodium_init() < 0)
		abort(); /* no random numbers on this machine */
	(void)sem_init(&cores, 0, n < 1 ? 1 : (unsigned)n); /* fails only for wild values */
}

static void
enter(void)
{
	pthread_once(&once, init);
	while (sem_wait(&cores) != 0)
		; /* EINTR */
}

enum err
auth_hash_password(struct arena *a, struct str password, const char **ret)
{
	char *hash = arena_alloc(a, crypto_pwhash_STRBYTES);

	if (password.n > LIMIT_PASSWORD_MAX)
		return ERR_LIMIT;
	enter();

	int rc = crypto_pwhash_str(hash, password.p == NULL ? "" : password.p, password.n, PASSES, MEMORY);

	sem_post(&cores);
	if (rc != 0)
		return ERR_UNAVAILABLE; /* no 64 MiB left */
	*ret = hash;
	return OK;
}

bool
auth_password_matches(const char *hash, struct str password)
{
	if (password.n > LIMIT_PASSWORD_MAX)
		return false;
	enter();

	int rc = crypto_pwhash_str_verify(hash, password.p == NULL ? "" : password.p, password.n);

	sem_post(&cores);
	return rc == 0;
}

/* The commonest of twelve characters and more; shorter ones fall anyway. */
static const char *const commonest[] = {
	"123456789012", "1234567890123", "123456789abc", "1234567890ab", "12345678910",
	"123123123123", "112233445566", "1q2w3e4r5t6y", "1qaz2wsx3edc", "1qaz2wsx3edc4rfv",
	"adminadmin12", "administrator", "administrator1", "abcdefghijkl", "abcd12345678",
	"abc123456789", "asdfghjkl123", "changemechangeme", "changeme1234", "correcthorsebatterystaple",
	"dragondragon", "football1234", "iloveyou1234", "letmeinletmein", "letmein12345",
	"liverpoolfc1", "monkeymonkey", "mynameisjohn", "passw0rd1234", "password1234",
	"password12345", "password123456", "passwordpassword", "p@ssw0rd1234", "p@ssword1234",
	"princess1234", "q1w2e3r4t5y6", "qazwsxedcrfv", "qwerty123456", "qwertyqwerty",
	"qwertyuiop12", "qwertyuiop123", "qwertyuiopasdf", "secretsecret", "sunshine1234",
	"tobiguchi123", "tobiguchitobiguchi", "trustno1trustno1", "unknownunknown", "welcome12345",
	"welcomewelcome", "zaq12wsxcde3", "zxcvbnm12345", "zxcvbnmasdfghjkl",
};

/* How many different characters, counting to ${enough}. */
static size_t
variety(struct str s, size_t enough)
{
	uint32_t seen[16];
	size_t n = 0;

	while (s.n > 0 && n < enough) {
		uint32_t c = utf8_next(&s);
		size_t i = 0;

		while (i < n && seen[i] != c)
			i++;
		if (i == n)
			seen[n++] = c;
	}
	return n;
}

const char *
auth_password_fault(struct str password, struct str email)
{
	AUTO(arena) a = arena_new();

	if (!utf8_valid(password))
		return N_("The password has characters that cannot be read.");
	if (password.n > LIMIT_PASSWORD_MAX)
		return N_("The password is too long.");
	if (utf8_count(password) < LIMIT_PASSWORD_MIN)
		return N_("The password needs at least 12 characters.");
	if (variety(password, 5) < 5)
		return N_("The password needs at least 5 different characters.");

	struct str folded = utf8_fold(a, password);

	if (email.n > 0 && str_equal(folded, utf8_fold(a, email)))
		return N_("The password must not be the mail address.");
	for (size_t i = 0; i < COUNT(commonest); i++) {
		if (str_is(folded, commonest[i]))
			return N_("This password is one of the commonest. Choose another one.");
	}
	return NULL;
}
