/* SPDX-License-Identifier: Apache-2.0 */
/* work.h - what a job may use of the work role. */
#ifndef JOB_WORK_H
#define JOB_WORK_H

#include "base/str.h"

struct blob_store;
struct ipc;

struct work {
	struct ipc *parse; /* ipc_call(work->parse, …, "mail", raw, …) */
	struct ipc *crypt;
	struct ipc *check; /* takedown/check_link.h */
	struct blob_store *blobs;
	const char *data_dir;
	unsigned char key[32]; /* for settings that are encrypted */
};

#endif
