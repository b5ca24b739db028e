# What the lanes share: a bench, a site that is dropped afterwards, and everything put back as it was.
# Sourced by scripts that have set `app` and `checkout`, after `set -euo pipefail`.

fail() { echo "$*" >&2; exit 1; }
step() { echo "== $*"; }

# Names the bench: everything below works on it.
open_bench() {
	[ -n "${1:-}" ] || fail "Name a bench: make test-bench BENCH=/path/to/bench [SITE=name]"
	[ -x "$1/env/bin/python" ] && [ -d "$1/sites" ] || fail "$1 is no bench: it has no env/bin/python and no sites/."
	bench=$(cd "$1" && pwd)
	python=$bench/env/bin/python
	work=$(mktemp -d)
	services=${BENCH_SERVICES:-$work/services}
	source "$checkout/scripts/bench-limits.sh"
	trap clean_up EXIT
	trap 'exit 130' INT TERM
}

frappe() { (cd "$bench/sites" && limited "${STEP_SECONDS:-600}" "$python" -m frappe.utils.bench_helper frappe "$@"); }
pip() { if "$python" -m pip --version >/dev/null 2>&1; then limited 300 "$python" -m pip "$@"; else limited 300 uv pip "$@" --python "$python"; fi; }
packages() { pip freeze 2>/dev/null | grep -vi verenigingen | grep -v -e '^#' -e '^-e ' | sort; }
quietly() { "$@" >"$work/step.log" 2>&1 || { tr '\r' '\n' <"$work/step.log" | tail -n 40; fail "That step failed."; }; }
run_suite() { CI=1 DB_ROOT_PASSWORD="$password" STEP_SECONDS=$LANE_SECONDS frappe --site "$1" run-tests --app "$app"; }

cleanups=()
clean_up() {
	local status=$? index
	set +e
	time_to_clean_up
	for ((index = ${#cleanups[@]} - 1; index >= 0; index--)); do eval "${cleanups[index]}"; done
	rm -rf "$work"
	exit $status
}
later() { cleanups+=("$1"); }

start_services() {
	[ -n "${BENCH_SERVICES:-}" ] || later '"$checkout/scripts/bench-services" --stop "$services"'
	password=$(limited 120 "$checkout/scripts/bench-services" "$bench" "$services" | tail -n 1)
}

keep_files_of_sites() {
	keep_logs
	mkdir "$work/sites"
	find "$bench/sites" -maxdepth 1 -type f -exec cp -p {} "$work/sites/" \;
	later 'for kept in "$work"/sites/*; do cmp -s "$kept" "$bench/sites/${kept##*/}" || cp -p "$kept" "$bench/sites/"; done'
}

forget_app() { pip uninstall --quiet --yes "$1" 2>/dev/null || pip uninstall --quiet "$1"; }

# Lays this checkout into the bench under its second name; taken out again afterwards.
lay_beside() {
	step "lay the app beside another one into $bench"
	[ ! -e "$bench/apps/$app" ] || fail "$bench has an app $app already; this lane would take it away."
	later "forget_app $app; rm -rf '$bench/apps/$app' '$bench/apps/.$app'.*"
	[ -e "$bench/sites/assets/$app" ] || later "rm -f '$bench/sites/assets/$app'"
	packages >"$work/packages-before"
	(cd "$checkout" && quietly limited 200 python3 -m verenigingen beside "$bench")
	packages >"$work/packages-after"
	diff "$work/packages-before" "$work/packages-after" || fail "Laying $app changed other packages of the bench."
	(cd "$checkout" && limited 200 python3 -m verenigingen beside "$bench" | grep -q -i "^lay ") && fail "A second run lays the tree again." || true
	[ -z "$(git -C "$bench/apps/$app" status --porcelain)" ] || fail "The laid tree is not clean."
}

create_site() {
	local host_option=--no-mariadb-socket
	! frappe new-site --help | grep -q -e --mariadb-user-host-login-scope || host_option=--mariadb-user-host-login-scope=%
	later 'forget_redis'
	later 'frappe drop-site "$site" --db-root-username root --db-root-password "$password" --no-backup --force --archived-sites-path "$work/archived" >/dev/null 2>&1; rm -rf "$bench/sites/$site"'
	later 'read_database'
	quietly frappe new-site "$site" --db-root-username root --db-root-password "$password" --admin-password admin "$host_option"
	quietly frappe --site "$site" set-config allow_tests true
}

uninstall_from_site() {
	step "uninstall-app"
	quietly frappe --site "$site" uninstall-app "$app" --yes --no-backup
	! frappe --site "$site" list-apps | grep -q "^$app" || fail "$app is still installed after uninstall-app."
	[ ! -e "$bench/sites/$site/monitoring-kept.json" ] || fail "uninstall-app left monitoring-kept.json."
	quietly frappe --site "$site" execute frappe.ping
}

# verify FILE: the answer of the trail. 1 is tampered; a fresh site has handed no checkpoint out, which is incomplete.
verify() { frappe --site "$site" monitoring audit verify >"$1" || [ $? = 2 ] || fail "$(cat "$1")"; }

# A trail that ended with an uninstall is no fork of the one that a new installation begins.
back_again_from_site() {
	step "install-app again"
	quietly frappe --site "$site" install-app "$app"
	verify "$work/verified-anew"
	uninstall_from_site
}
