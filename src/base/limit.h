/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limit.h - every bound on what comes from outside, in one place.
 *
 * Each has a test at, below and above it. What is over is refused with
 * ERR_LIMIT and said so; no limit is written anywhere else.
 */
#ifndef BASE_LIMIT_H
#define BASE_LIMIT_H

#define LIMIT_KIB(n) ((size_t)(n) * 1024)
#define LIMIT_MIB(n) ((size_t)(n) * 1024 * 1024)

/* HTTP */
#define LIMIT_HTTP_HEADERS 100		      /* header lines a request */
#define LIMIT_HTTP_TARGET LIMIT_KIB(8)	      /* path and query */
#define LIMIT_HTTP_HEAD LIMIT_KIB(12)	      /* request line and header lines */
#define LIMIT_HTTP_FORM LIMIT_MIB(2)	      /* fields of a form, no files */
#define LIMIT_HTTP_JSON LIMIT_MIB(2)	      /* a JSON body */
#define LIMIT_HTTP_FIELDS 2000		      /* fields a form */
#define LIMIT_HTTP_HEADER_SECONDS 20	      /* from connect to last header */
#define LIMIT_HTTP_IDLE_SECONDS 60
#define LIMIT_HTTP_BODY_SECONDS 20	      /* a body may stall so long … */
#define LIMIT_HTTP_BYTES_SECOND 1024	      /* … beyond this rate, both ways */
#define LIMIT_HTTP_DRAIN LIMIT_MIB(512)	      /* of a refused body, read to be able to answer */
#define LIMIT_HTTP_PARTS 2100		      /* parts of a multipart body */
#define LIMIT_HTTP_PART_HEADER LIMIT_KIB(8)   /* header lines of one part */
#define LIMIT_HTTP_CONNECTIONS 4096
#define LIMIT_HTTP_PER_ADDRESS 1024	      /* loopback and proxies are exempt */
#define LIMIT_HTTP_QUEUE 1024		      /* requests waiting for a worker */
#define LIMIT_HTTP_QUEUE_SECONDS 10	      /* how long each of them may wait */

/* uploads */
#define LIMIT_UPLOAD_FILE LIMIT_MIB(200)
#define LIMIT_UPLOAD_FILES 20		      /* a request */
#define LIMIT_UPLOAD_PUBLIC_FILE LIMIT_MIB(50)
#define LIMIT_UPLOAD_PUBLIC_READ LIMIT_MIB(2048)  /* bodies with files of one address an hour, also refused ones */
#define LIMIT_UPLOAD_PUBLIC_HOUR LIMIT_MIB(500)   /* files of one address an hour, stored */
#define LIMIT_UPLOAD_PUBLIC_FILES 100	      /* files of one address an hour */
#define LIMIT_UPLOAD_WAITING LIMIT_MIB(2048)  /* files of all forms that are not sent yet */

/* mail */
#define LIMIT_MAIL LIMIT_MIB(50)	      /* one message, raw */
#define LIMIT_MAIL_DEPTH 40		      /* nested parts */
#define LIMIT_MAIL_PARTS 2000		      /* parts looked at */
#define LIMIT_MAIL_TEXT LIMIT_MIB(2)	      /* text shown and searched */
#define LIMIT_MAIL_HEADERS 5000		      /* fields in one header */
#define LIMIT_MAIL_HEADER LIMIT_KIB(64)	      /* one header shown */

/* frames between roles */
#define LIMIT_FRAME LIMIT_MIB(64)
#define LIMIT_FRAME_SECONDS 10		      /* from its first byte to its last */

/* one request to the parse role */
#define LIMIT_PARSE_CPU_SECONDS 20
#define LIMIT_PARSE_MEMORY LIMIT_MIB(1024)    /* address space */

/* stop checks */
#define LIMIT_CHECK_MEMORY LIMIT_MIB(512)     /* address space of the check role */
#define LIMIT_CHECK_FILES 8192		      /* its connections */

/* texts */
#define LIMIT_TITLE 500			      /* characters */
#define LIMIT_BODY LIMIT_MIB(1)		      /* bytes of a note, a reply, a report */
#define LIMIT_REPORT_STORY LIMIT_KIB(128)    /* one answer of the report form */
#define LIMIT_REPORT_LOG LIMIT_KIB(256)	      /* pasted log lines there */
#define LIMIT_REPORT_WORDS LIMIT_KIB(32)      /* one message at /report/status */
#define LIMIT_REPORT_WORDS_DAY 50	      /* messages there a report and day */
#define LIMIT_REPORT_FILES_DAY LIMIT_MIB(200) /* files there a report and day */
#define LIMIT_DRAFTS 200		      /* of one person; the oldest give way */
#define LIMIT_DRAFT_BYTES LIMIT_MIB(8)	      /* all drafts of one person */
#define LIMIT_NAME 200			      /* characters of a name */
#define LIMIT_ADDRESS 320		      /* a mail address, RFC 5321 4.5.3.1 */
#define LIMIT_URL LIMIT_KIB(8)
#define LIMIT_SEARCH 500		      /* characters of a query */
#define LIMIT_OBSERVABLES 2000		      /* found in one report */

/* lists */
#define LIMIT_PAGE 200			      /* rows a page */
#define LIMIT_COUNT_EXACT 10000		      /* totals are exact up to here */
#define LIMIT_BULK 20000		      /* rows changed by one bulk act */

/* people */
#define LIMIT_PASSWORD_MIN 12		      /* characters */
#define LIMIT_PASSWORD_MAX 1024		      /* bytes */
#define LIMIT_SIGN_IN_FAILURES 10	      /* then locked */

/* blobs */
#define LIMIT_BLOB_INLINE LIMIT_KIB(64)	      /* larger ones are files */

/* zone files */
#define LIMIT_ZONE_FILE LIMIT_KIB(256)
#define LIMIT_ZONE_TRANSITIONS 10000
#define LIMIT_ZONE_NAME 64		      /* bytes */

/* templates: sections and partials inside each other */
#define LIMIT_TEMPLATE_DEPTH 64

/* what other servers answer when a contact is looked for */
#define LIMIT_PICTURE_FILE LIMIT_MIB(10)     /* of a page, as uploaded */
#define LIMIT_PICTURE_PIXELS 24000000
#define LIMIT_PICTURE_SIDE 30000
#define LIMIT_PICTURE_MADE LIMIT_MIB(8)	      /* what is shown of it */
#define LIMIT_WHOIS LIMIT_KIB(64)
#define LIMIT_RDAP LIMIT_MIB(2)
#define LIMIT_WKD LIMIT_KIB(128)	      /* an OpenPGP key from a key directory */
#define LIMIT_SECURITY_TXT LIMIT_KIB(32)
#define LIMIT_REFERRALS 5		      /* servers asked one after the other */
#define LIMIT_FOUND_CONTACTS 100	      /* kept of one answer */
#define LIMIT_FOUND_FAULTS 50

/* decision models and the history that they are learned from */
#define LIMIT_DECISION_MODEL LIMIT_MIB(16)    /* one model or table as text */
#define LIMIT_DECISION_FACTS 62		      /* of one model */
#define LIMIT_DECISION_VALUES 64	      /* of one fact: a set of them is a word */
#define LIMIT_DECISION_OUTCOMES 32
#define LIMIT_DECISION_ROWS 200000	      /* of one decision table */
#define LIMIT_DECISION_NODES 1000000	      /* of one tree */
#define LIMIT_DECISION_DEPTH 256	      /* of one tree */
#define LIMIT_DECISION_HISTORY 10000000	      /* rows learned from */

/* what is told of vulnerabilities: CVE records, KEV, EPSS */
#define LIMIT_RECORDS 20000		      /* of one file */
#define LIMIT_RECORD_FILE LIMIT_MIB(16)	      /* one in an archive, unpacked */
#define LIMIT_RECORD_ARCHIVE LIMIT_MIB(64)    /* all of it, unpacked */
#define LIMIT_PRODUCTS LIMIT_KIB(256)	      /* the organisation's own list */

/* JSON and import */
#define LIMIT_JSON_DEPTH 32
#define LIMIT_CSV_LINE LIMIT_KIB(64)
#define LIMIT_IMPORT LIMIT_MIB(256)	      /* one file */

/* the telescope */
#define LIMIT_CAPTURE_PACKET LIMIT_KIB(256)   /* captured bytes of one packet; no link carries more */
#define LIMIT_CAPTURE_INTERFACES 1024	      /* of one pcapng section */
#define LIMIT_FILTER LIMIT_KIB(8)	      /* bytes of a filter */
#define LIMIT_FILTER_DEPTH 32		      /* brackets and nots inside each other */
#define LIMIT_FILTER_VALUES 1024	      /* of one test */
#define LIMIT_QUERY_GROUPS 4194304	      /* rows of one answer before the first are chosen */
#define LIMIT_QUERY_PAIRS 33554432	      /* of rows and different sources or targets */
#define LIMIT_STORE_MEMORY LIMIT_MIB(2048)    /* address space of an import */
#define LIMIT_FEED LIMIT_MIB(512)	      /* a text file of another telescope */
#define LIMIT_EXCHANGE_MAIL LIMIT_MIB(20)     /* a day's file in a mail, packed */
#define LIMIT_SENSOR_MAP LIMIT_MIB(16)	      /* which network is which sensor's */
#define LIMIT_SEGMENT_PAYLOADS LIMIT_MIB(64)  /* distinct payloads of one segment */
#define LIMIT_STORE_MANIFEST LIMIT_MIB(64)    /* which segments there are: 100 bytes each */
#define LIMIT_STORE_SENSORS 65535	      /* names in one commit */
#define LIMIT_BATCH LIMIT_KIB(512)	      /* what a sensor sends at once */
#define LIMIT_BATCH_RAW LIMIT_MIB(1)	      /* the same without compression */
#define LIMIT_BATCH_SEQUENCE (INT64_C(1) << 48) /* no run makes so many */
#define LIMIT_SENSOR_SUM (UINT64_C(1) << 53) /* where counters of a sensor stop: a number of JSON */
#define LIMIT_BATCH_RECORDS 8192	      /* in it */
#define LIMIT_WAL_FILE LIMIT_MIB(64)	      /* of batches; then a new file begins */
#define LIMIT_WAL_STATE LIMIT_MIB(16)	      /* what is known of all sensors */
#define LIMIT_SENSORS 10000		      /* that one centre knows */
#define LIMIT_SENSOR_CONF LIMIT_KIB(64)
#define LIMIT_SENSOR_NETS 256		      /* networks of one kind in it */
#define LIMIT_SPOOL_FILES 65536		      /* batches that wait at a sensor: 45 days */
#define LIMIT_SENSOR_ANSWER LIMIT_KIB(16)     /* what the centre answers */

#endif
