/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sensor.h - the program on the machine that listens.
 *
 * One thread reads packets and writes batches into the spool; another sends them.
 * Both are in one cage: nothing can be started, only the state folder written.
 * The commands of `tobiguchi sensor …` and of the small program tobiguchi-sensor;
 * each returns an exit code of sysexits.h and says what is wrong on standard error.
 */
#ifndef SENSOR_SENSOR_H
#define SENSOR_SENSOR_H

#include <stdbool.h>

#define SENSOR_CONF "/etc/tobiguchi/sensor.conf"

/* Listen and send until SIGTERM; of a file: until its end is at the centre. */
int sensor_run(const char *conf);
/* Try every step and say how to mend the one that fails. */
int sensor_check(const char *conf, bool json);
/* Make the key, say who we are; ${token} as the centre's page showed it, NULL: it is read
 * from standard input. */
int sensor_enrol(const char *conf, const char *token);

#endif
