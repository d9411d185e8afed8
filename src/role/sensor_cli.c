/* SPDX-License-Identifier: Apache-2.0 */
/* sensor_cli.c - `tobiguchi sensor …`: the same as the small program tobiguchi-sensor. */
#include <sysexits.h>

#include "cli/cli.h"
#include "sensor/sensor.h"

static const char *
conf(struct cli *c)
{
	const char *path = cli_option(c, "--config");

	return path == NULL ? SENSOR_CONF : path;
}

static int
run(struct cli *c)
{
	return c->args > 0 ? cli_fail(EX_USAGE, "sensor run takes no arguments") : sensor_run(conf(c));
}

static int
check(struct cli *c)
{
	return c->args > 0 ? cli_fail(EX_USAGE, "sensor check takes no arguments") : sensor_check(conf(c), c->json);
}

static int
enrol(struct cli *c)
{
	if (c->args > 1)
		return cli_fail(EX_USAGE, "one token, or none to read it from standard input");
	return sensor_enrol(conf(c), c->args == 1 ? c->arg[0] : NULL);
}

static const struct cli_option options[] = {
	{ "--config", "FILE", "the sensor's configuration; " SENSOR_CONF " if not given" },
	{ NULL, NULL, NULL },
};

const struct cli_command sensor_commands[] = {
	{ "sensor run", "", "listen for packets and send them to the centre", options, run },
	{ "sensor check", "", "try every step and say how to mend the one that fails", options, check },
	{ "sensor enrol", "[TOKEN]", "enrol this machine with the token that the centre's page shows", options, enrol },
	{ NULL, NULL, NULL, NULL, NULL },
};
