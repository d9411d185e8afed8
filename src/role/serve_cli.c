/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/limit.h"
#include "cli/cli.h"
#include "role/role.h"
#include "sys/files.h"
#include "sys/process.h"
#include "sys/user.h"

#define LISTEN_DEFAULT "127.0.0.1:8480"
#define WORKERS_DEFAULT 16
#define WORKERS_MAX 64

static int
log_level(struct cli *c, enum log_level *ret)
{
	static const char *const names[] = {
		[LOG_LEVEL_DEBUG] = "debug",
		[LOG_LEVEL_INFO] = "info",
		[LOG_LEVEL_WARN] = "warn",
		[LOG_LEVEL_ERROR] = "error",
	};
	const char *name = cli_option(c, "--log-level");

	*ret = LOG_LEVEL_INFO;
	for (size_t i = 0; name != NULL && i < COUNT(names); i++) {
		if (strcmp(name, names[i]) == 0) {
			*ret = (enum log_level)i;
			return EX_OK;
		}
	}
	return name == NULL ? EX_OK
			    : cli_fail(EX_USAGE, "--log-level: debug, info, warn or error");
}

static int
pem_read(struct cli *c, const char *option, const char **ret)
{
	const char *path = cli_option(c, option);
	struct str text;
	enum err e;

	*ret = NULL;
	if (path == NULL)
		return EX_OK;
	e = files_read(c->a, path, LIMIT_MIB(1), &text);
	if (e != OK)
		return cli_fail(EX_NOINPUT, "%s %s: %s", option, path, err_name(e));
	*ret = arena_cstr(c->a, text);
	return EX_OK;
}

static int
tls(struct cli *c, struct role_config *r)
{
	int rc = pem_read(c, "--tls-cert", &r->tls_cert);

	if (rc == EX_OK)
		rc = pem_read(c, "--tls-key", &r->tls_key);
	if (rc == EX_OK && (r->tls_cert == NULL) != (r->tls_key == NULL))
		rc = cli_fail(EX_USAGE, "--tls-cert and --tls-key belong together");
	return rc;
}

static int
proxies(struct cli *c, struct role_config *r)
{
	size_t n;
	const char **text = cli_option_all(c, "--trusted-proxy", &n);
	struct ip_net *net = arena_many(c->a, struct ip_net, n + 1);

	for (size_t i = 0; i < n; i++) {
		if (ip_net_parse(str_of(text[i]), &net[i]) != OK)
			return cli_fail(EX_USAGE,
			    "--trusted-proxy %s: give an address or a network like 10.0.0.0/8",
			    text[i]);
	}
	r->trusted_proxy = net;
	r->trusted_proxies = n;
	return EX_OK;
}

/* A port that is free now: port 0 would be another one after web was started
 * again. */
static int64_t
free_port(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t n = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool found = fd >= 0 && bind(fd, (struct sockaddr *)&at, n) == 0 &&
	    getsockname(fd, (struct sockaddr *)&at, &n) == 0;

	if (fd >= 0)
		(void)close(fd); /* it was only a question */
	return found ? ntohs(at.sin_port) : 0;
}

/* "ADDR:PORT" with a port; http_start() looks at the rest. */
static int
listen_at(struct cli *c, struct role_config *r)
{
	const char *text = cli_option(c, "--listen"), *colon;
	int64_t port;

	r->listen = text == NULL ? LISTEN_DEFAULT : text;
	colon = strrchr(r->listen, ':');
	if (colon == NULL || colon == r->listen || !str_int(str_of(colon + 1), 0, 65535, &port))
		return cli_fail(EX_USAGE,
		    "--listen %s: give an address and a port, like " LISTEN_DEFAULT
		    " or [::]:8480",
		    r->listen);
	if (port == 0)
		r->listen = arena_printf(c->a, "%.*s:%lld", (int)(colon - r->listen), r->listen,
		    (long long)free_port());
	return EX_OK;
}

static int
read_options(struct cli *c, struct role_config *r)
{
	int64_t workers;
	int rc = listen_at(c, r);

	if (rc == EX_OK && c->data == NULL)
		rc = cli_fail(EX_USAGE, "say where the records go: --data DIR, or TOBIGUCHI_DATA");
	if (rc == EX_OK &&
	    !cli_option_int(c, "--workers", 1, WORKERS_MAX, WORKERS_DEFAULT, &workers))
		rc = EX_USAGE;
	if (rc == EX_OK && c->args > 0)
		rc = cli_fail(EX_USAGE, "%s: serve takes no argument", c->arg[0]);
	if (rc == EX_OK)
		rc = log_level(c, &r->log_level);
	if (rc == EX_OK)
		rc = proxies(c, r);
	if (rc == EX_OK)
		rc = tls(c, r);
	if (rc != EX_OK)
		return rc;
	r->a = c->a;
	r->data = c->data;
	r->db_url = c->db_url;
	r->key_file = c->key_file;
	r->workers = (int)workers;
	if (str_starts(str_of(c->db_url), STR("sqlite:")))
		r->lock_path = arena_printf(c->a, "%s/write.lock", c->data);
	return EX_OK;
}

/* Root only starts it: the server runs as the system user. */
static int
leave_root(struct cli *c)
{
	uid_t uid;
	gid_t gid;

	if (!sys_user_is_root())
		return EX_OK;
	if (sys_user_find(&uid, &gid) != OK)
		return cli_fail(EX_NOPERM,
		    "as root it serves as the system user " SYS_USER_NAME
		    ", which this machine has not; make it (useradd --system " SYS_USER_NAME
		    ") or run it as another user");
	if (sys_user_give(c->data, uid, gid) != OK)
		return cli_fail(EX_NOPERM, "%s: cannot be given to user " SYS_USER_NAME, c->data);
	if (sys_user_become(uid, gid) != OK)
		return cli_fail(EX_NOPERM, "cannot become user " SYS_USER_NAME);
	if (access(c->data, R_OK | W_OK | X_OK) != 0)
		return cli_fail(EX_NOPERM,
		    "%s: user " SYS_USER_NAME
		    " cannot get there; a folder above it is closed to others",
		    c->data);
	return EX_OK;
}

/* Key and schema, in a process that ends: the parent stays free of libraries. */
static int
prepare(struct cli *c)
{
	pid_t pid;
	int status;

	if (process_fork(SIGKILL, &pid) != OK)
		return cli_fail(EX_OSERR, "no process can be made");
	if (pid == 0) {
		int rc = cli_open_new(c);

		(void)fflush(NULL); /* messages went to standard error */
		_exit(rc);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return cli_fail(EX_SOFTWARE, "the data folder could not be prepared");
	return WEXITSTATUS(status);
}

static int
lock(struct cli *c, int *ret_fd)
{
	const char *path = arena_printf(c->a, "%s/serve.lock", c->data);
	enum err e = files_lock(path, 0, ret_fd);

	if (e == ERR_TIMEOUT)
		return cli_fail(EX_TEMPFAIL, "%s: another server runs on this folder", c->data);
	if (e != OK)
		return cli_fail(cli_exit(e), "%s: %s", path, err_name(e));
	return EX_OK;
}

static int
serve(struct cli *c)
{
	struct role_config r = { .a = c->a };
	int fd, rc = read_options(c, &r);

	rc = rc == EX_OK ? cli_folder(c) : rc;
	rc = rc == EX_OK ? leave_root(c) : rc;
	rc = rc == EX_OK ? lock(c, &fd) : rc;
	rc = rc == EX_OK ? prepare(c) : rc;
	if (rc != EX_OK)
		return rc;
	log_init("parent", r.log_level);
	rc = role_parent(&r);
	files_unlock(fd);
	return rc;
}

static const struct cli_option serve_options[] = {
	{ "--listen", "ADDR:PORT", "where to answer; " LISTEN_DEFAULT " if not given" },
	{ "--workers", "N", "requests answered at once; 16 if not given" },
	{ "--tls-cert", "FILE", "certificate chain (PEM), to answer https directly" },
	{ "--tls-key", "FILE", "its private key (PEM)" },
	{ "--trusted-proxy", "NET", "whose X-Forwarded-For counts; may be repeated" },
	{ "--log-level", "LEVEL", "debug, info, warn or error" },
	{ NULL, NULL, NULL },
};

const struct cli_command role_commands[] = {
	{ "serve", "", "run the server until it is told to stop", serve_options, serve },
	{ NULL, NULL, NULL, NULL, NULL },
};
