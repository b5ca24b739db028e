# What keeps a lane from lasting for ever and from leaving anything behind. Sourced by scripts that have set `bench`,
# `python` and `work`.

LANE_SECONDS=${LANE_SECONDS:-1200}
CLEAN_UP_SECONDS=180
lane_ends=$((SECONDS + LANE_SECONDS - CLEAN_UP_SECONDS))

# limited SECONDS COMMAND…: no longer than that, nor than what is left of the lane; then it is killed, and that is said.
limited() {
	local most=$1 status=0
	shift
	[ "$most" -le $((lane_ends - SECONDS)) ] || most=$((lane_ends - SECONDS))
	[ "$most" -gt 0 ] || { echo "The lane lasts longer than $LANE_SECONDS s; not begun: $*" >&2; return 124; }
	timeout --foreground --kill-after 10 "$most" "$@" || status=$?
	case $status in 124 | 137) echo "Ended after $most s, which is too long: $*" >&2 ;; esac
	return $status
}

# What is cleaned up has a time of its own, so that it is also done when the lane's is over.
time_to_clean_up() { lane_ends=$((SECONDS + CLEAN_UP_SECONDS)); }

# Log files that the bench did not have before are those of the lane's site.
keep_logs() {
	mkdir -p "$bench/logs"
	ls "$bench/logs" >"$work/logs-before"
	later 'forget_logs'
}

forget_logs() {
	local file
	for file in "$bench/logs"/*; do
		# a rotated one, x.log.3, belongs to x.log
		grep -qxF "$(basename "$file" | sed 's/\.[0-9]*$//')" "$work/logs-before" || rm -rf "$file"
	done
	rm -rf "$bench/sites/${site:?}" "$bench/logs/${site:?}"
}

# The name of the site's database, which its keys in Redis begin with; to be asked while the site is there.
read_database() {
	database=$("$python" -c 'import json, sys; print(json.load(open(sys.argv[1]))["db_name"])' \
		"$bench/sites/$site/site_config.json" 2>/dev/null) || database=
}

forget_redis() {
	[ -n "${database:-}" ] || return 0
	limited 60 "$python" "$checkout/scripts/forget_site.py" "$bench/sites/common_site_config.json" "$site" "$database"
}
