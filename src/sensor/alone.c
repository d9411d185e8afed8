/* SPDX-License-Identifier: Apache-2.0 */
/* alone.c - the sensor as a small program of its own, tobiguchi-sensor. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "sensor/sensor.h"
#include "sys/process.h"

static int
usage(int rc)
{
	(void)fputs("usage: tobiguchi-sensor run|check|enrol [--config FILE] [--json] [TOKEN]\n"
		    "  run    listen and send until told to stop\n"
		    "  check  try every step and say how to mend the one that fails\n"
		    "  enrol  make the key and enrol with the token (else read from standard input)\n"
		    "The configuration is " SENSOR_CONF "; see tobiguchi-sensor(1).\n",
	    rc == EX_OK ? stdout : stderr);
	return rc;
}

int
main(int argc, char **argv)
{
	const char *conf = SENSOR_CONF, *words[2] = { NULL, NULL };
	bool json = false;
	int n = 0;

	process_init(argc, argv);
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--config") == 0 && i + 1 < argc)
			conf = argv[++i];
		else if (strcmp(argv[i], "--json") == 0)
			json = true;
		else if (strcmp(argv[i], "--help") == 0)
			return usage(EX_OK);
		else if (strcmp(argv[i], "--version") == 0)
			return puts("tobiguchi-sensor " TOBIGUCHI_VERSION) < 0 ? EX_IOERR : EX_OK;
		else if (n < 2 && (argv[i][0] != '-' || argv[i][1] == '\0'))
			words[n++] = argv[i];
		else
			return usage(EX_USAGE);
	}
	if (n == 1 && strcmp(words[0], "run") == 0)
		return sensor_run(conf);
	if (n == 1 && strcmp(words[0], "check") == 0)
		return sensor_check(conf, json);
	if (n > 0 && strcmp(words[0], "enrol") == 0)
		return sensor_enrol(conf, words[1]);
	return usage(EX_USAGE);
}
