#!/usr/bin/env bats
# Erasing what is too old, from the command line.

load kit.bash

@test "retention says what would go, erases it, and the journal and the counts stay whole" {
	"$tobiguchi" demo load >/dev/null
	run "$tobiguchi" retention --dry-run --json
	[ "$status" -eq 0 ]
	[ "$(jq -r .reports.days <<<"$output")" = 0 ]
	[ "$(jq -r .reports.due <<<"$output")" = 0 ]
	sql "UPDATE report SET decided_at = decided_at - 90000000000 WHERE state = 'declined'" >/dev/null
	sql "UPDATE incident SET closed_at = closed_at - 90000000000, updated_at = updated_at - 90000000000 WHERE state = 'closed'" >/dev/null
	sql "UPDATE message SET received_at = received_at - 90000000000" >/dev/null
	"$tobiguchi" statistics rebuild >/dev/null
	for kind in reports people texts mail files; do
		sql "INSERT INTO setting (key, value) VALUES ('retention.$kind', '365')" >/dev/null
	done
	run "$tobiguchi" retention --dry-run --json
	[ "$status" -eq 0 ]
	due=$(jq -r .people.due <<<"$output")
	[ "$due" -gt 0 ]
	run "$tobiguchi" retention --json
	[ "$status" -eq 0 ]
	[ "$(jq -r .people <<<"$output")" = "$due" ]
	run "$tobiguchi" retention --dry-run --json
	[ "$(jq -r '[.[].due] | add' <<<"$output")" = 0 ]
	run "$tobiguchi" statistics check
	[ "$status" -eq 0 ]
	run "$tobiguchi" journal verify
	[ "$status" -eq 0 ]
	run sql "SELECT COUNT(*) FROM party p JOIN incident i ON i.id = p.incident_id WHERE i.state = 'closed' AND p.email IS NOT NULL"
	[ "$output" = 0 ]
}
