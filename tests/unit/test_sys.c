/* SPDX-License-Identifier: Apache-2.0 */
/* Frames between roles, the cages, files. Nothing here leaves the machine. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limit.h"
#include "sys/files.h"
#include "sys/ipc.h"
#include "sys/process.h"
#include "sys/sandbox.h"
#include "sys/user.h"

/* Frames */

static enum err
echo(void *object, struct arena *a, struct str name, struct str payload, struct buf *out)
{
	(void)object;
	(void)a;
	if (str_is(name, "slow"))
		(void)usleep(150 * 1000);
	if (str_is(name, "die"))
		_exit(0);
	if (str_is(name, "no")) {
		buf_text(out, "because");
		return ERR_DENIED;
	}
	if (str_is(name, "huge")) {
		for (int i = 0; i < 65 && buf_error(out) == OK; i++) {
			static const char zero[1 << 20];

			buf_add(out, zero, sizeof(zero));
		}
		return OK;
	}
	buf_str(out, name);
	buf_char(out, ':');
	buf_str(out, payload);
	return OK;
}

/* A child that answers on the other end. */
static struct ipc *
echo_start(pid_t *ret_pid)
{
	int fd[2];

	assert_ok(ipc_pair(fd));
	assert_ok(process_fork(SIGKILL, ret_pid));
	if (*ret_pid == 0) {
		struct ipc *i = ipc_new(fd[1]);

		(void)close(fd[0]);
		while (ipc_serve_one(i, echo, NULL) == OK)
			;
		_exit(0);
	}
	(void)close(fd[1]);
	return ipc_new(fd[0]);
}

static void
test_ipc_call(void **state)
{
	struct arena *a = *state;
	struct str got, big;
	char *bytes;
	pid_t pid;
	AUTO(ipc) i = echo_start(&pid);

	assert_ok(ipc_call(i, a, "hello", STR("world"), 5000, &got));
	assert_true(str_is(got, "hello:world"));
	assert_ok(ipc_call(i, a, "", STR_NULL, 5000, &got));
	assert_true(str_is(got, ":"));
	assert_err(ipc_call(i, a, "no", STR("x"), 5000, &got), ERR_DENIED);
	assert_true(str_is(got, "because"));

	/* More than any pipe buffer holds, both ways. */
	bytes = arena_alloc(a, 5000000);
	memset(bytes, 'x', 5000000);
	big = (struct str){ bytes, 5000000 };
	assert_ok(ipc_call(i, a, "big", big, 20000, &got));
	assert_int_equal(got.n, 5000004);
	assert_memory_equal(got.p + 4, bytes, 5000000);

	/* An answer that nobody waits for is thrown away. The request is small: one
	 * that stops half sent would break the stream, on a slow day. */
	assert_err(ipc_call(i, a, "slow", STR_NULL, 50, &got), ERR_TIMEOUT);
	assert_false(ipc_broken(i));
	assert_ok(ipc_call(i, a, "next", big, 20000, &got));
	assert_int_equal(got.n, 5000005);
	assert_err(ipc_call(i, a, "huge", STR_NULL, 20000, &got), ERR_LIMIT);
	assert_ok(ipc_call(i, a, "after", STR_NULL, 5000, &got));
	assert_err(ipc_call(i, a, "die", STR_NULL, 5000, &got), ERR_UNAVAILABLE);
	assert_true(ipc_broken(i));
	assert_err(ipc_call(i, a, "again", STR_NULL, 5000, &got), ERR_UNAVAILABLE);
	(void)waitpid(pid, NULL, 0);
}

static void
test_ipc_limits(void **state)
{
	struct arena *a = *state;
	pid_t pid;
	AUTO(ipc) i = echo_start(&pid);
	char *bytes = arena_alloc(a, LIMIT_FRAME);
	struct str got;
	char name[LIMIT_NAME + 2];

	/* number, status, length of the name, name "n" */
	assert_err(ipc_call(i, a, "n", (struct str){ bytes, LIMIT_FRAME - 9 }, 20000, &got),
	    ERR_LIMIT);
	assert_false(ipc_broken(i));
	/* The largest one that may go; its echo is two bytes too large. */
	assert_err(ipc_call(i, a, "n", (struct str){ bytes, LIMIT_FRAME - 10 }, 20000, &got),
	    ERR_LIMIT);
	assert_false(ipc_broken(i));
	assert_ok(ipc_call(i, a, "n", (struct str){ bytes, LIMIT_FRAME - 11 }, 20000, &got));
	assert_int_equal(got.n, LIMIT_FRAME - 9);
	memset(name, 'n', sizeof(name));
	name[LIMIT_NAME + 1] = '\0';
	assert_err(ipc_call(i, a, name, STR_NULL, 5000, &got), ERR_LIMIT);
	name[LIMIT_NAME] = '\0';
	assert_ok(ipc_call(i, a, name, STR_NULL, 5000, &got));
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

static void
test_ipc_bad_frames(void **state)
{
	static const struct {
		const char *what;
		struct str bytes;
		enum err want;
	} table[] = {
		{ "closed", STR_NULL, ERR_NOT_FOUND },
		{ "half a length", { "\0\0", 2 }, ERR_UNAVAILABLE },
		{ "half a frame", { "\0\0\0\x0a\0\0\0\1", 8 }, ERR_UNAVAILABLE },
		{ "too short to be one", { "\0\0\0\x08\0\0\0\1\0\0\0\0", 12 }, ERR_INVALID },
		{ "length zero", { "\0\0\0\0\0\0\0\0", 8 }, ERR_INVALID },
		{ "too large", { "\x04\0\0\1\0\0\0\1\0\0\0\0\0", 13 }, ERR_INVALID },
		{ "as large as can be", { "\xff\xff\xff\xff\0\0\0\1", 8 }, ERR_INVALID },
		{ "name past the end", { "\0\0\0\x09\0\0\0\1\0\0\0\0\1", 13 }, ERR_INVALID },
		{ "name far past the end", { "\0\0\0\x09\0\0\0\1\0\xff\xff\xff\xff", 13 },
		    ERR_INVALID },
		{ "no such status", { "\0\0\0\x09\0\0\0\1\x40\0\0\0\0", 13 }, ERR_INVALID },
		{ "well formed", { "\0\0\0\x09\0\0\0\1\0\0\0\0\0", 13 }, OK },
	};

	(void)state;
	for (size_t n = 0; n < COUNT(table); n++) {
		AUTO(ipc) i = NULL;
		int fd[2];

		assert_ok(ipc_pair(fd));
		i = ipc_new(fd[0]);
		if (table[n].bytes.n > 0)
			assert_int_equal(write(fd[1], table[n].bytes.p, table[n].bytes.n),
			    table[n].bytes.n);
		assert_int_equal(shutdown(fd[1], SHUT_WR), 0);
		print_message("%s\n", table[n].what);
		assert_err(ipc_serve_one(i, echo, NULL), table[n].want);
		assert_int_equal(ipc_broken(i), table[n].want != OK);
		(void)close(fd[1]);
	}
}

static void
test_ipc_descriptor(void **state)
{
	struct arena *a = *state;
	int control[2], pipe_[2], fd;
	unsigned char tag;
	struct str got;

	assert_ok(ipc_pair(control));
	assert_int_equal(pipe(pipe_), 0);
	assert_err(ipc_fd_receive(control[1], &tag, &fd), ERR_TIMEOUT);
	assert_ok(ipc_fd_send(control[0], 7, pipe_[0]));
	assert_ok(ipc_fd_receive(control[1], &tag, &fd));
	assert_int_equal(tag, 7);
	assert_int_equal(write(pipe_[1], "x", 1), 1);
	(void)close(pipe_[1]);
	assert_ok(files_read_fd(a, fd, 10, &got));
	assert_true(str_is(got, "x"));
	(void)close(control[0]);
	assert_err(ipc_fd_receive(control[1], &tag, &fd), ERR_NOT_FOUND);
	(void)close(control[1]);
	(void)close(pipe_[0]);
	(void)close(fd);
}

/* Cages. Each attempt runs in its own child, which tells by its exit code. */

static char home[256];

#define ATTEMPT_GOT_IN 0
#define ATTEMPT_REFUSED 10
#define ATTEMPT_NO_CAGE 11

static int
refused(int result)
{
	return result >= 0			    ? ATTEMPT_GOT_IN
	    : errno == EPERM || errno == EACCES	    ? ATTEMPT_REFUSED
						    : 20 + errno;
}

static int
try_open(void)
{
	return refused(open("/etc/passwd", O_RDONLY));
}

static int
try_create(void)
{
	return refused(open("/tmp/tobiguchi-test-escape", O_WRONLY | O_CREAT, 0600));
}

static int
try_own_file(void)
{
	char path[300];

	(void)snprintf(path, sizeof(path), "%s/file", home);
	return refused(open(path, O_WRONLY | O_CREAT, 0600));
}

static int
try_inet(void)
{
	return refused(socket(AF_INET, SOCK_STREAM, 0));
}

static int
try_inet6(void)
{
	return refused(socket(AF_INET6, SOCK_DGRAM, 0));
}

static int
try_netlink(void)
{
	return refused(socket(AF_NETLINK, SOCK_RAW, 0));
}

static int
try_unix(void)
{
	return refused(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int
try_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return refused(pid);
}

static int
try_kill(void)
{
	return refused(kill(getppid(), 0));
}

static int
try_code(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
	    -1, 0);

	return refused(p == MAP_FAILED ? -1 : 0);
}

static int
try_memory(void)
{
	/* Larger than the bound on the address space: no memory, not no right. */
	void *p = mmap(NULL, LIMIT_PARSE_MEMORY, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED && errno == ENOMEM ? ATTEMPT_REFUSED : ATTEMPT_GOT_IN;
}

/* Running ${program}; "ran" is an exit code of 0 or the program's own. */
static int
run(const char *program, char *const *argv)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return refused(-1);
	if (pid == 0) {
		(void)execv(program, argv);
		_exit(errno == EPERM || errno == EACCES ? 99 : 98);
	}
	if (waitpid(pid, &status, 0) != pid)
		return 12;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return ATTEMPT_GOT_IN;
	return ATTEMPT_REFUSED;
}

static int
try_exec(void)
{
	(void)execl("/bin/true", "true", (char *)NULL);
	return refused(-1);
}

static int
try_shell(void)
{
	return run("/bin/sh", (char *[]){ (char[]){ "sh" }, (char[]){ "-c" }, (char[]){ "exit 0" },
				  NULL });
}

static int
try_loader(void)
{
	const char *loader = "/lib64/ld-linux-x86-64.so.2";

	if (access(loader, F_OK) != 0 && errno == ENOENT)
		loader = "/lib/ld-linux-aarch64.so.1";
	return run(loader, (char *[]){ (char[]){ "ld.so" }, (char[]){ "/bin/true" }, NULL });
}

static int
try_own_program(void)
{
	char path[300];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/program", home);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	if (fd < 0 || write(fd, "#!/bin/true\n", 12) != 12)
		return 13;
	(void)close(fd);
	return run(path, (char *[]){ (char[]){ "program" }, NULL });
}

static int
try_gpg(void)
{
	return run("/usr/bin/gpg",
	    (char *[]){ (char[]){ "gpg" }, (char[]){ "--homedir" }, home, (char[]){ "--batch" },
		(char[]){ "--quiet" }, (char[]){ "--list-keys" }, NULL });
}

static int
try_gpgsm(void)
{
	return run("/usr/bin/gpgsm",
	    (char *[]){ (char[]){ "gpgsm" }, (char[]){ "--homedir" }, home, (char[]){ "--batch" },
		(char[]){ "--quiet" }, (char[]){ "--version" }, NULL });
}

static enum err
cage_parse(void)
{
	return sandbox_parse();
}

static enum err
cage_network(void)
{
	sandbox_network_prepare();
	return sandbox_network();
}

static enum err
cage_crypt(void)
{
	return sandbox_crypt(home);
}

static enum err
cage_server(void)
{
	const char *const writable[] = { home, NULL };

	return sandbox_server(writable, NULL);
}

/* As in the server: all of its folder but one folder in it. */
static enum err
cage_closed(void)
{
	const char *const writable[] = { home, NULL };
	char closed[300];

	(void)snprintf(closed, sizeof(closed), "%s/a", home);
	return sandbox_server(writable, closed);
}

static int
try_read(const char *name, int flags)
{
	char path[300];

	(void)snprintf(path, sizeof(path), "%s/%s", home, name);
	return refused(open(path, flags, 0600));
}

static int
try_closed(void)
{
	return try_read("a/b/c", O_RDONLY);
}

static int
try_beside(void)
{
	return try_read("text", O_RDWR);
}

static int
try_new_beside(void)
{
	return try_read("lock", O_WRONLY | O_CREAT);
}

/* What ${try_} comes to inside ${cage}; negative: the signal that ended it. */
static int
inside(enum err (*cage)(void), int (*try_)(void))
{
	pid_t pid;
	int status;

	assert_ok(process_fork(SIGKILL, &pid));
	if (pid == 0)
		_exit(cage() == OK ? try_() : ATTEMPT_NO_CAGE);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

struct attempt {
	const char *what;
	int (*run)(void);
	bool works;
	const char *needs; /* a program that must be installed, or NULL */
	bool needs_landlock;
};

static void
attempts(enum err (*cage)(void), const struct attempt *table, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int want = table[i].works ? ATTEMPT_GOT_IN : ATTEMPT_REFUSED;

		if (table[i].needs != NULL && access(table[i].needs, X_OK) != 0) {
			print_message("skipped: %s: %s is not installed\n", table[i].what,
			    table[i].needs);
			continue;
		}
		if (table[i].needs_landlock && sandbox_landlock() == 0) {
			print_message("skipped: %s: the kernel has no Landlock\n", table[i].what);
			continue;
		}
		print_message("%s\n", table[i].what);
		assert_int_equal(inside(cage, table[i].run), want);
	}
}

static int
home_make(void **state)
{
	(void)snprintf(home, sizeof(home), "/tmp/tobi.XXXXXX");
	(void)state;
	return mkdtemp(home) == NULL ? -1 : 0;
}

static int
home_remove(void **state)
{
	static const char *const names[] = { "file", "program", "key", "text", "lock", "a/b/c",
		"a/b", "a", "pubring.kbx", "pubring.kbx~", "trustdb.gpg", "private-keys-v1.d" };
	char path[300];

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", home, names[i]);
		(void)remove(path); /* whatever is there */
	}
	return remove(home);
}

static int
try_listen(void)
{
	const struct sockaddr_in to = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return fd < 0 ? ATTEMPT_GOT_IN : refused(bind(fd, (const struct sockaddr *)&to, sizeof(to)));
}

static void
test_cage_network(void **state)
{
	static const struct attempt table[] = {
		{ "check opens a file", try_open, false, NULL, false },
		{ "check makes a file", try_create, false, NULL, false },
		{ "check opens an IPv4 socket", try_inet, true, NULL, false },
		{ "check opens an IPv6 socket", try_inet6, true, NULL, false },
		{ "check opens a UNIX socket", try_unix, false, NULL, false },
		{ "check waits for connections", try_listen, false, NULL, false },
		{ "check starts a program", try_exec, false, NULL, false },
		{ "check forks", try_fork, false, NULL, false },
		{ "check signals its parent", try_kill, false, NULL, false },
		{ "check writes code", try_code, false, NULL, false },
	};

	(void)state;
	attempts(cage_network, table, COUNT(table));
}

static void
test_cage_parse(void **state)
{
	static const struct attempt table[] = {
		{ "parse opens a file", try_open, false, NULL, false },
		{ "parse makes a file", try_create, false, NULL, false },
		{ "parse opens an IPv4 socket", try_inet, false, NULL, false },
		{ "parse opens an IPv6 socket", try_inet6, false, NULL, false },
		{ "parse opens a UNIX socket", try_unix, false, NULL, false },
		{ "parse starts a program", try_exec, false, NULL, false },
		{ "parse forks", try_fork, false, NULL, false },
		{ "parse signals its parent", try_kill, false, NULL, false },
		{ "parse writes code", try_code, false, NULL, false },
#if !defined(__SANITIZE_ADDRESS__) && !defined(__clang__)
		{ "parse takes all memory", try_memory, false, NULL, false },
#endif
	};

	(void)state;
	(void)try_memory; /* not with the sanitizers' address space */
	attempts(cage_parse, table, COUNT(table));
}

static void
test_cage_crypt(void **state)
{
	static const struct attempt table[] = {
		{ "crypt starts a shell", try_shell, false, NULL, true },
		{ "crypt starts a program by the loader", try_loader, false, NULL, true },
		{ "crypt starts a program it wrote", try_own_program, false, NULL, true },
		{ "crypt opens an IPv4 socket", try_inet, false, NULL, false },
		{ "crypt opens an IPv6 socket", try_inet6, false, NULL, false },
		{ "crypt opens a netlink socket", try_netlink, false, NULL, false },
		{ "crypt writes outside its folder", try_create, false, NULL, true },
		{ "crypt opens a UNIX socket", try_unix, true, NULL, false },
		{ "crypt writes in its folder", try_own_file, true, NULL, false },
		{ "crypt starts gpg", try_gpg, true, "/usr/bin/gpg", false },
		{ "crypt starts gpgsm", try_gpgsm, true, "/usr/bin/gpgsm", false },
	};

	(void)state;
	attempts(cage_crypt, table, COUNT(table));
}

static void
test_cage_server(void **state)
{
	static const struct attempt table[] = {
		{ "a server starts a program", try_exec, false, NULL, false },
		{ "a server writes outside its folder", try_create, false, NULL, true },
		{ "a server signals its parent", try_kill, false, NULL, true },
		{ "a server writes in its folder", try_own_file, true, NULL, false },
		{ "a server opens a socket", try_inet, true, NULL, false },
		{ "a server reads a file", try_open, true, NULL, false },
	};

	(void)state;
	attempts(cage_server, table, COUNT(table));
}

static void
test_cage_server_reads_no_keys(void **state)
{
	static const struct attempt table[] = {
		{ "a server reads a key", try_closed, false, NULL, true },
		{ "a server reads and writes a file beside the keys", try_beside, true, NULL, false },
		{ "a server makes a file beside the keys", try_new_beside, true, NULL, false },
		{ "a server reads a file elsewhere", try_open, true, NULL, false },
		{ "a server writes outside its folder", try_create, false, NULL, true },
	};
	char path[300];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/a/b", home);
	assert_ok(files_mkdirs(path, 0700));
	assert_int_equal(try_read("a/b/c", O_WRONLY | O_CREAT), ATTEMPT_GOT_IN);
	assert_int_equal(try_read("text", O_WRONLY | O_CREAT), ATTEMPT_GOT_IN);
	attempts(cage_closed, table, COUNT(table));
	(void)snprintf(path, sizeof(path), "%s/a/b/c", home);
	(void)remove(path);
	(void)snprintf(path, sizeof(path), "%s/a/b", home);
	(void)remove(path);
	(void)snprintf(path, sizeof(path), "%s/a", home);
	assert_int_equal(remove(path), 0);
}

static int
spin(void)
{
	sandbox_watchdog(1);
	for (volatile unsigned i = 0;; i++)
		;
	return ATTEMPT_GOT_IN;
}

static void
test_watchdog(void **state)
{
	(void)state;
	assert_int_equal(inside(cage_parse, spin), -SIGPROF);
}

static enum err
test_inside(void *object, struct arena *a, struct str name, struct str payload, struct buf *out)
{
	return echo(object, a, name, payload, out);
}

/* Frames must get through the cage of parse. */
static void
test_ipc_in_cage(void **state)
{
	struct arena *a = *state;
	AUTO(ipc) i = NULL;
	struct str got, big;
	int fd[2];
	pid_t pid;

	assert_ok(ipc_pair(fd));
	assert_ok(process_fork(SIGKILL, &pid));
	if (pid == 0) {
		struct ipc *other = ipc_new(fd[1]);

		process_close_others((int[]){ fd[1] }, 1);
		if (sandbox_parse() != OK)
			_exit(1);
		while (ipc_serve_one(other, test_inside, NULL) == OK)
			;
		_exit(0);
	}
	(void)close(fd[1]);
	i = ipc_new(fd[0]);
	big = (struct str){ arena_alloc(a, 3000000), 3000000 };
	assert_ok(ipc_call(i, a, "n", big, 20000, &got));
	assert_int_equal(got.n, 3000002);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

/* Files */

static void
test_files(void **state)
{
	struct arena *a = *state;
	unsigned char key[32], again[32];
	const char *path = arena_printf(a, "%s/key", home);
	struct stat st;
	struct str got;
	bool empty;
	int fd, other;

	assert_err(files_key_read(path, key), ERR_NOT_FOUND);
	assert_ok(files_key_make(path, key));
	assert_ok(files_key_make(path, again));
	assert_memory_equal(key, again, 32);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(chmod(path, 0640), 0);
	assert_err(files_key_read(path, key), ERR_DENIED);

	path = arena_printf(a, "%s/text", home);
	assert_ok(files_write(path, STR("one"), 0600));
	assert_ok(files_write(path, STR("two!"), 0600));
	assert_ok(files_read(a, path, 4, &got));
	assert_true(str_is(got, "two!"));
	assert_err(files_read(a, path, 3, &got), ERR_LIMIT);
	assert_err(files_key_read(path, key), ERR_INVALID);

	path = arena_printf(a, "%s/lock", home);
	assert_ok(files_lock(path, 0, &fd));
	assert_err(files_lock(path, 20, &other), ERR_TIMEOUT);
	files_unlock(fd);
	assert_ok(files_lock(path, 0, &fd));
	files_unlock(fd);

	path = arena_printf(a, "%s/a/b/c", home);
	assert_ok(files_mkdirs(path, 0700));
	assert_ok(files_mkdirs(path, 0700));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_err(files_mkdirs(arena_printf(a, "%s/text", home), 0700), ERR_EXISTS);
	assert_ok(files_is_empty(path, &empty));
	assert_true(empty);
	assert_ok(files_is_empty(home, &empty));
	assert_false(empty);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(test_ipc_call),
		UNIT_TEST(test_ipc_limits),
		UNIT_TEST(test_ipc_bad_frames),
		UNIT_TEST(test_ipc_descriptor),
		UNIT_TEST(test_ipc_in_cage),
		UNIT_TEST(test_cage_parse),
		UNIT_TEST(test_cage_network),
		UNIT_TEST(test_cage_crypt),
		UNIT_TEST(test_cage_server),
		UNIT_TEST(test_cage_server_reads_no_keys),
		UNIT_TEST(test_watchdog),
		UNIT_TEST(test_files),
	};

	return cmocka_run_group_tests(tests, home_make, home_remove);
}
