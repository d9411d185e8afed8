/* SPDX-License-Identifier: Apache-2.0 */
/* work.h - what a job may use of the work role. */
#ifndef JOB_WORK_H
#define JOB_WORK_H

#include <stdint.h>

#include "base/str.h"

struct arena;
struct blob_store;
struct ipc;

/* A server that failed is left alone for a while, by all jobs of this process. */
struct work_rest {
	int64_t until; /* UTC milliseconds; 0 = it may be asked */
	const char *url, *why;
	struct arena *a; /* they live there; NULL at first */
};

struct work {
	struct ipc *parse; /* ipc_call(work->parse, …, "mail", raw, …) */
	struct ipc *crypt;
	struct ipc *check; /* takedown/check_link.h */
	struct blob_store *blobs;
	const char *data_dir;
	struct work_rest smtp;
	unsigned char key[32]; /* for settings that are encrypted */
};

#endif
