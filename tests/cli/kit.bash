# What the command tests share: the program and a data folder a test.

setup() {
	tobiguchi=${TOBIGUCHI:-$BATS_TEST_DIRNAME/../../build/tobiguchi}
	# With hundreds of starts, or months of records, the sanitizers would take minutes.
	[ -z "${many_starts:-}" ] || tobiguchi=${TOBIGUCHI_RELEASE:-$tobiguchi}
	dir=$(mktemp -d "${TMPDIR:-/tmp}/tobiguchi-cli-XXXXXX")
	chmod 755 "$dir" # as root the program becomes the owner of the data folder
	export TOBIGUCHI_DATA=$dir/data
	unset TOBIGUCHI_DB
}

teardown() {
	rm -rf "$dir"
}

init() {
	echo 'a long enough passphrase' >"$dir/password"
	"$tobiguchi" init --name 'Test CSIRT' --admin-email admin@example.jp \
	    --admin-password-file "$dir/password" >/dev/null
}

# sql STATEMENT: what somebody with the file may do.
sql() {
	python3 -c 'import sqlite3, sys
db = sqlite3.connect(sys.argv[1] + "/tobiguchi.db")
for row in db.execute(sys.argv[2]): print(*row, sep="|")
db.commit()' "$TOBIGUCHI_DATA" "$1"
}
