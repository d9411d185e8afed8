/* SPDX-License-Identifier: Apache-2.0 */
/*
 * https.h - requests to the centre over one kept connection, HTTP/1.1 over TLS.
 *
 * Our own, because it is small: a library for it would take more memory than the
 * whole sensor may have.
 */
#ifndef SENSOR_HTTPS_H
#define SENSOR_HTTPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/ip.h"
#include "base/str.h"

struct arena;
struct https;

struct https_config {
	const char *host, *port;
	bool pinned;
	unsigned char pin[32];	/* SHA-256 of the server's public key; no certificate authority is asked */
	const char *trust_file; /* else: authorities in this file, or NULL the machine's */
};
MUST_USE enum err https_new(const struct https_config *c, struct https **ret);
void https_free(struct https *h);
AUTO_DEFINE(https)

struct https_answer {
	int status;
	struct str reason; /* Tobiguchi-Reason, or empty */
	struct str epoch, next, time, sensor, name, pin; /* Tobiguchi-Epoch … */
	struct str body;
};
/*
 * ${headers}: lines that end with CRLF. ERR_UNAVAILABLE: the centre cannot be
 * reached; ERR_TIMEOUT; ERR_DENIED: it is not the centre (certificate); ERR_INVALID:
 * it answers something that is no answer; https_fault() says it in English.
 */
MUST_USE enum err https_ask(struct https *h, struct arena *a, const char *method, const char *path,
    const char *headers, struct str body, struct https_answer *ret);
/* The steps one by one, for "sensor check": name, connection, TLS. */
MUST_USE enum err https_connect(struct https *h);
const char *https_fault(const struct https *h);
/* The address that the last connection went to: v 0 when there was none. */
struct ip https_peer(const struct https *h);
/* SHA-256 of the public key that the server showed. */
bool https_shown(const struct https *h, unsigned char ret[32]);

#endif
