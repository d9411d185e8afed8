/* SPDX-License-Identifier: Apache-2.0 */
/* asset_priv.h - the table that tools/embed writes, sorted by path. */
#ifndef TEXT_ASSET_PRIV_H
#define TEXT_ASSET_PRIV_H

#include "text/asset.h"

struct asset_list {
	const struct asset *asset;
	size_t n;
};
extern const struct asset_list text_assets;

#endif
