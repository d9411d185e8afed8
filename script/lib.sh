# SPDX-License-Identifier: Apache-2.0
# Shared by the scripts of this folder; to be sourced. Stands in the project's root.
cd "$(dirname "$0")/.."

say() { printf '%s\n' "== $*"; }

as_root() {
	if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# install PURPOSE...: what script/packages lists and is not here yet.
install() {
	local missing="" p purpose
	for purpose in "$@"; do
		for p in $(sed -n "s/^$purpose: //p" script/packages); do
			dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' ||
				missing="$missing $p"
		done
	done
	[ -n "$missing" ] || return 0
	say "Installing:$missing"
	as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q >/dev/null
	# A package's service must not start: the tests run their own.
	if [ ! -e /usr/sbin/policy-rc.d ] && [ "${CI:-}" = true ]; then
		printf '#!/bin/sh\nexit 101\n' | as_root tee /usr/sbin/policy-rc.d >/dev/null
		as_root chmod 755 /usr/sbin/policy-rc.d
	fi
	# shellcheck disable=SC2086
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >/dev/null
}

# build FOLDER [MESON OPTION...]: all, or the ${targets}
build() {
	local dir=$1
	shift
	if [ ! -f "$dir/build.ninja" ]; then
		mkdir -p "$dir"
		meson setup "$dir" "$@" >"$dir.setup.log" 2>&1 || {
			cat "$dir.setup.log"
			return 1
		}
		mv "$dir.setup.log" "$dir/setup.log"
	fi
	# shellcheck disable=SC2086
	ninja -C "$dir" ${targets:-} >"$dir/build.log" 2>&1 || {
		tail -n 60 "$dir/build.log"
		return 1
	}
}
