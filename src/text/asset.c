/* SPDX-License-Identifier: Apache-2.0 */
#include "text/asset.h"

#include "text/asset_priv.h"

const struct asset *
asset_find(struct str path)
{
	size_t low = 0, high = text_assets.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct asset *found = &text_assets.asset[middle];
		int order = str_compare(path, str_of(found->path));

		if (order == 0)
			return found;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const char *
asset_url(const char *path)
{
	const struct asset *found = asset_find(str_of(path));

	return found == NULL ? "" : found->url;
}

const struct asset *
asset_at(size_t i)
{
	return i < text_assets.n ? &text_assets.asset[i] : NULL;
}
