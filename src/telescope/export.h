/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export.h - records as others read them: lines of text, a capture file (pcap), flow
 * records (IPFIX, RFC 7011). Pure: what is written goes into a buffer.
 */
#ifndef TELESCOPE_EXPORT_H
#define TELESCOPE_EXPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "telescope/query.h"

struct arena;

/* Text: the columns are named as in the filter language. */
#define EXPORT_COLUMNS 32
struct export_columns {
	uint8_t column[EXPORT_COLUMNS];
	unsigned n;
};
const char *export_column_name(unsigned i); /* NULL past the last one */
/* "ts,src,dport"; false: ${*ret_wrong} is none, or they are too many. */
bool export_columns_parse(struct str list, struct export_columns *ret, struct str *ret_wrong);
/* ${separator}: tab, or comma: then RFC 4180. Addresses are made in ${a}. */
void export_line(struct buf *out, struct arena *a, const struct export_columns *c, char separator, const struct query_record *x);
void export_names(struct buf *out, const struct export_columns *c, char separator);

/* A capture file of raw IP packets, times in microseconds; packets as packet_make() has them. */
void export_pcap_head(struct buf *out);
void export_pcap(struct buf *out, const struct record *r);

/*
 * A file of IPFIX messages: each record a flow of one packet. Templates 256 (IPv4) and 257 (IPv6)
 * stand in the first message.
 */
#define EXPORT_IPFIX_SET 32000 /* bytes of a message's data set */
struct export_ipfix {
	int64_t now;	   /* milliseconds: the export time */
	uint32_t sequence; /* data records in earlier messages */
	struct {
		unsigned char bytes[EXPORT_IPFIX_SET + 256];
		size_t n;
		unsigned records;
	} set[2];	   /* IPv4, IPv6 */
};
void export_ipfix_head(struct buf *out, struct export_ipfix *x);
void export_ipfix(struct buf *out, struct export_ipfix *x, const struct record *r);
void export_ipfix_end(struct buf *out, struct export_ipfix *x);

#endif
