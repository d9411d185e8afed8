/* SPDX-License-Identifier: Apache-2.0 */
/* blob_dictionary.h - what zstd has seen before the first byte. */
#ifndef BLOB_BLOB_DICTIONARY_H
#define BLOB_BLOB_DICTIONARY_H

#include <stddef.h>

extern const char blob_dictionary[];
extern const size_t blob_dictionary_size;

#endif
