/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iodef.h - a day's records for the CSIRT of each country, as IODEF (RFC 5070, RFC 7970).
 *
 * Of each record exactly five things: the source's address and port, the port that
 * was knocked at, the protocol and the time. The sensor's address is never read.
 * One document a country, or one for all, each written piece by piece as the rows
 * come by. As CSV it is the same five: timestamp,src_ip,src_port,protocol,dest_port.
 */
#ifndef TELESCOPE_IODEF_H
#define TELESCOPE_IODEF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct arena;
struct store;

#define IODEF_UNKNOWN ('Z' << 8 | 'Z') /* the document of sources whose country nobody knows */
#define IODEF_ALL ('A' << 8 | 'A')     /* one document with the sources of every country */

enum iodef_form {
	IODEF_V2,  /* RFC 7970 */
	IODEF_V1,  /* RFC 5070 */
	IODEF_CSV, /* RFC 4180, with a header line */
};

struct iodef {
	int64_t day;		/* days since 1970-01-01, UTC */
	uint16_t country;	/* two letters, first * 256 + second; IODEF_ALL; 0: a document for each */
	enum iodef_form form;
	bool together;		/* packets of one source to one port as one event with their number */
	const char *id;		/* who numbers: "csirt.example.jp" */
	const char *name;	/* of the sender */
	const char *email;
	int64_t now;		/* milliseconds */
	/* A piece of a country's document; the first and the last of each are told. */
	enum err (*write)(void *object, uint16_t country, struct str bytes, bool first, bool last);
	void *object;
};

struct iodef_written {
	uint64_t records, events, documents;
	unsigned left_out; /* segments that are damaged */
	unsigned gone;	   /* segments whose records retention took: only sums are left */
};
/* What ${write} returns ends it. */
MUST_USE enum err iodef_write(struct arena *a, struct store *s, const struct iodef *x, struct iodef_written *ret);

#endif
