/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf.h - the sensor's one configuration file (tobiguchi-sensor.conf(5)).
 *
 * Lines "word value"; "#" begins a comment; what is not understood is an error:
 * a sensor that ignores a typing mistake measures something else.
 */
#ifndef SENSOR_CONF_H
#define SENSOR_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/ip.h"
#include "base/str.h"

struct arena;

enum conf_trust {
	CONF_PIN,    /* the centre's public key as the enrolment token named it, or "pin" */
	CONF_SYSTEM, /* the machine's certificate authorities */
	CONF_FILE,   /* those of a file */
};

struct conf {
	const char *host;	/* of the centre */
	const char *port;
	enum conf_trust trust;
	const char *trust_file; /* of CONF_FILE */
	bool pinned;		/* "pin" is given */
	unsigned char pin[32];	/* SHA-256 of the centre's public key (SubjectPublicKeyInfo) */
	const char *interface;	/* this … */
	const char *file;	/* … or a capture file */
	bool now;		/* packets of the file happen now, not when it was written */
	bool ring;		/* our own reader of the kernel's ring instead of libpcap's */
	bool promiscuous;
	const char *filter;	/* of libpcap, or NULL */
	const struct ip_net *address; /* targets that are recorded; at least one */
	size_t addresses;
	const struct ip_net *except;  /* sources that are not */
	size_t excepts;
	unsigned payload;	/* bytes of each packet's payload, 0..RECORD_PAYLOAD */
	const char *state;	/* folder of key, identity and spool */
	const char *user;	/* whom root becomes */
	uint64_t spool;		/* bytes of it at most */
	uint64_t buffer;	/* of the kernel, for packets */
	uint64_t hash;		/* of the file's text */
};

struct conf_fault {
	unsigned line;	  /* 0: of the file as a whole */
	const char *text; /* English: what is wrong, and what would be right */
};
/* ERR_INVALID: ${fault} says the first mistake. */
MUST_USE enum err conf_parse(struct arena *a, struct str text, struct conf *ret, struct conf_fault *fault);
/* 64 hexadecimal digits, or base64 as "openssl … | base64" gives it. */
MUST_USE enum err conf_pin(struct arena *a, struct str text, unsigned char ret[32]);

#endif
