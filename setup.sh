#!/usr/bin/env bash
# Install what `make run` (./setup.sh run) or `make test` (./setup.sh test) needs; quick when nothing is missing.
# What cannot be installed here is listed clearly; what can run without it still runs.
set -euo pipefail
cd "$(dirname "$0")"
purpose=${1:?usage: setup.sh run|test}

say() { printf '%s\n' "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }

# command -> Debian package that brings it
declare -A needed=([npm]=npm [node]=nodejs)
if [ "$purpose" = test ]; then
  needed+=([redis-server]=redis-server [chromium]=chromium)
fi

packages=()
for command in "${!needed[@]}"; do have "$command" || packages+=("${needed[$command]}"); done
python3 -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3 python3-venv)
if [ "$purpose" = test ]; then
  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || packages+=(postgresql)
  # DejaVu carries the Cyrillic letters of the screenshots
  ls /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf >/dev/null 2>&1 || packages+=(fonts-dejavu-core)
fi

if [ ${#packages[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && have apt-get; then
    say "Installing system packages: ${packages[*]}"
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    if ! { apt-get update && apt-get install -y --no-install-recommends "${packages[@]}"; } >"$log" 2>&1; then
      tail -n 20 "$log" >&2
      say "The system packages above could not be installed." >&2
      exit 1
    fi
    rm -f "$log"
  else
    say "This machine lacks: ${packages[*]}" >&2
    say "They are Debian's packages; install them as root: apt-get install --no-install-recommends ${packages[*]}" >&2
    # Without Python or the front end's builder nothing can run; without the rest some tests say so themselves.
    case " ${packages[*]} " in *" python3-venv "* | *" npm "* | *" nodejs "*) exit 1 ;; esac
  fi
fi

python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  { say "Python 3.11 or newer is needed; python3 here is $(python3 -V 2>&1)." >&2; exit 1; }

lock=requirements.lock
[ "$purpose" = test ] && lock=requirements-dev.lock
stamp=.venv/.installed-$purpose
wanted=$(cat requirements-build.lock "$lock" pyproject.toml | sha256sum)
if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
  say "Installing Python packages from $lock"
  [ -x .venv/bin/python ] || python3 -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-build.lock -r "$lock"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
  printf '%s\n' "$wanted" >"$stamp"
fi

front=callcenter/web/frontend
wanted=$(sha256sum <"$front/package-lock.json")
if [ "$(cat "$front/node_modules/.installed" 2>/dev/null)" != "$wanted" ]; then
  say "Installing front-end packages"
  (cd "$front" && npm ci --no-audit --no-fund --silent)
  printf '%s\n' "$wanted" >"$front/node_modules/.installed"
fi
built=callcenter/web/static/build
wanted=$(find "$front/src" "$front"/*.json "$front"/*.mjs -type f -print0 2>/dev/null | sort -z | xargs -0 cat | sha256sum)
if [ "$(cat "$built/.built" 2>/dev/null)" != "$wanted" ]; then
  say "Building the front end"
  (cd "$front" && npm run --silent build)
  printf '%s\n' "$wanted" >"$built/.built"
fi
