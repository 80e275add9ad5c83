#!/bin/sh
# Installs bound-images on a host whose /usr is read-only, or takes it away again: install.sh --help
set -eu

usage() {
  cat <<'END'
Usage: install.sh [OPTION…] FILE
       install.sh --uninstall [OPTION…]

FILE is the archive of a release (bound-images-VERSION-linux-PLATFORM.tar.gz),
the directory that it was unpacked into, or an executable. With an executable,
the units are those in the directory systemd beside this script.

Examples:
  install.sh --sha256sums SHA256SUMS bound-images-VERSION-linux-x64.tar.gz
  install.sh --prefix /opt/bound-images bound-images-VERSION-linux-x64.tar.gz
  install.sh --uninstall

Options:
  --prefix DIR        where the program goes: DIR/bin. Default: /usr/local,
                      or /opt/bound-images where that is read-only
  --root DIR          install into this tree of a system instead of /
  --sha256sums FILE   refuse an archive or executable that this list of
                      checksums does not have
  --uninstall         remove all that was installed, and disable the units
  --help              print this

Units go to /etc/systemd/system, and name the program where it is; with
--prefix /usr, to /usr/lib/systemd/system. At the first installation they are
enabled as their presets say. To upgrade, install again.
END
}

say() { printf '%s\n' "$*"; }
fail() {
  printf 'install.sh: %s\n' "$*" >&2
  exit 1
}
misuse() {
  printf 'install.sh: %s\nTry install.sh --help\n' "$*" >&2
  exit 2
}

# Those that the presets name, and of them what is started by them.
units='bound-images-gate.service bound-images-payloads.service bound-images-prune.timer bound-images-stage.path'
started='bound-images-gate.service bound-images-prune.timer'

main() {
  prefix='' root='' sums='' file='' action=install
  while [ $# -gt 0 ]; do
    case $1 in
      --help) usage; exit 0 ;;
      --uninstall) action=uninstall ;;
      --prefix=* | --root=* | --sha256sums=*)
        option=${1%%=*} value=${1#*=}
        shift
        set -- "$option" "$value" "$@"
        continue
        ;;
      --prefix | --root | --sha256sums)
        [ $# -gt 1 ] || misuse "$1 needs a value"
        [ -n "$2" ] || misuse "$1 needs a value that is not empty"
        case $1 in
          --prefix) prefix=$2 ;;
          --root) root=$2 ;;
          *) sums=$2 ;;
        esac
        shift
        ;;
      -*) misuse "unknown option $1" ;;
      *)
        [ -z "$file" ] || misuse 'there can be one FILE only'
        file=$1
        ;;
    esac
    shift
  done

  if [ -n "$root" ]; then
    [ -d "$root" ] || fail "$root is no directory"
    root=$(cd "$root" && pwd -P)
    [ "$root" != / ] || root=''
  fi
  # systemctl, for the tree or for this host.
  systemd="--root=$root/"
  find_prefix
  list=$prefix/share/bound-images/installed

  work=$(mktemp -d "${TMPDIR:-/var/tmp}/bound-images-install.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  if [ "$action" = uninstall ]; then
    [ -z "$file" ] || misuse '--uninstall takes no FILE'
    uninstall
  else
    [ -n "$file" ] || misuse 'FILE is missing'
    [ -e "$file" ] || fail "$file does not exist"
    install_tree
  fi
}

# Where it is installed, or where it can be.
find_prefix() {
  found=''
  for at in /usr /usr/local /opt/bound-images; do
    if [ -f "$root$at/share/bound-images/installed" ] && is_inside "$at"; then found=$at; fi
  done
  if [ -z "$prefix" ]; then
    prefix=$found
    if [ -z "$prefix" ]; then
      if [ -w "$root/usr/local" ] && [ -d "$root/usr/local" ]; then prefix=/usr/local; else prefix=/opt/bound-images; fi
    fi
  fi
  prefix=${prefix%/}
  case $prefix in
    *[!A-Za-z0-9._/-]* | *//* | */./* | */../* | */.. | */.) misuse "--prefix $prefix: use letters, digits and . _ - / only" ;;
    /?*) ;;
    *) misuse "--prefix $prefix: it has to be a directory from / on, and not / itself" ;;
  esac
  if [ -n "$found" ] && [ "$found" != "$prefix" ]; then
    fail "it is installed below $found; first: install.sh --uninstall --prefix $found"
  fi
}

install_tree() {
  verify_sums
  gather
  program=$prefix/bin/bound-images
  units_at=/etc/systemd
  if [ "$prefix" = /usr ]; then units_at=/usr/lib/systemd; fi
  is_upgrade=no
  : >"$work/old"
  if [ -f "$root$list" ]; then
    is_upgrade=yes
    cp "$root$list" "$work/old"
  fi
  # What an earlier run has made stays ours.
  grep '^d ' "$work/old" >"$work/directories" || :
  : >"$work/files"

  make_directory "$prefix/bin"
  put_program
  put_units
  put_shared
  case $prefix in
    /usr | /usr/local) ;;
    *) put_text /etc/profile.d/bound-images.sh "$(profile)" ;;
  esac
  # In a pipe, $0 is the shell.
  if [ -f "$0" ] && grep -q '^# Installs bound-images on a host' "$0"; then
    put_file "$0" "$prefix/share/bound-images/install.sh" 755
  fi
  make_directory "$prefix/share/bound-images"
  printf '%s\n' "$list" >>"$work/files"

  sort -u "$work/files" >"$work/sorted"
  { cat "$work/directories"; sed 's/^/f /' "$work/sorted"; } >"$work/installed"
  cp "$work/installed" "$root$list.new"
  chmod 644 "$root$list.new"
  mv -f "$root$list.new" "$root$list"
  remove_outdated
  if [ -z "$root" ] && command -v restorecon >/dev/null; then
    while IFS= read -r path; do restorecon -F "$path" || :; done <"$work/sorted"
    while IFS= read -r path; do restorecon -F "${path#d }" || :; done <"$work/directories"
  fi
  tell_systemd
  report
}

verify_sums() {
  [ -n "$sums" ] || return 0
  [ -f "$sums" ] || fail "$sums does not exist"
  [ -f "$file" ] || fail "--sha256sums is for an archive or an executable, and $file is neither"
  name=${file##*/}
  # sha256sum(1): the digest, a blank, a blank or a star, the name.
  wanted=$(while IFS= read -r line; do
    case $line in *[\ \*]"$name") printf '%s\n' "${line%% *}" ;; esac
  done <"$sums")
  [ -n "$wanted" ] || fail "$sums has no checksum of $name"
  is=$(sha256sum <"$file")
  [ "${is%% *}" = "$wanted" ] || fail "$file is not what $sums says: download both again"
}

# Makes $work/tree of whatever FILE is.
gather() {
  mkdir "$work/tree"
  if [ -d "$file" ]; then
    [ -d "$file/usr" ] || fail "$file has no directory usr"
    cp -R "$file/usr" "$work/tree/"
  elif is_archive; then
    tar -xf "$file" -C "$work/tree" --no-same-owner || fail "$file cannot be unpacked"
  else
    here=$(cd "$(dirname "$0")" && pwd -P)
    [ -d "$here/systemd/system" ] || fail "an executable alone has no units; they are in the archive of the release"
    mkdir -p "$work/tree/usr/bin" "$work/tree/usr/lib/systemd"
    cp "$file" "$work/tree/usr/bin/bound-images"
    cp -R "$here/systemd/." "$work/tree/usr/lib/systemd/"
  fi
  [ -f "$work/tree/usr/bin/bound-images" ] || fail "$file has no usr/bin/bound-images"
}

is_archive() {
  case $file in
    *.tar | *.tar.*) return 0 ;;
    *) return 1 ;;
  esac
}

put_units() {
  (cd "$work/tree/usr/lib/systemd" && find . -type f) | sed 's|^\./||' | sort >"$work/units"
  while IFS= read -r name; do
    sed "s|/usr/bin/bound-images|$program|g" "$work/tree/usr/lib/systemd/$name" >"$work/unit"
    put_file "$work/unit" "$units_at/$name" 644
  done <"$work/units"
}

# Pages, completions and documents: many small files, in one go. An executable alone has none.
put_shared() {
  [ -d "$work/tree/usr/share" ] || return 0
  (cd "$work/tree/usr" && find share -type f) | sort >"$work/shared"
  sed 's|/[^/]*$||' "$work/shared" | sort -u >"$work/shared-directories"
  while IFS= read -r name; do make_directory "$prefix/$name"; done <"$work/shared-directories"
  chmod -R u=rwX,go=rX "$work/tree/usr/share"
  tar -cf "$work/shared.tar" -C "$work/tree/usr" -T "$work/shared"
  tar -xf "$work/shared.tar" -C "$root$prefix" --no-same-owner
  sed "s|^|$prefix/|" "$work/shared" >>"$work/files"
}

# put_file FROM TO MODE: as a whole or not at all. A copy has the label of the directory that it is made in.
put_file() {
  make_directory "${2%/*}"
  cp "$1" "$root$2.new"
  chmod "$3" "$root$2.new"
  mv -f "$root$2.new" "$root$2"
  printf '%s\n' "$2" >>"$work/files"
}

put_text() {
  printf '%s\n' "$2" >"$work/text"
  put_file "$work/text" "$1" 644
}

# The one of another platform is found out before it takes the place of one that works.
put_program() {
  new=$program.new
  cp "$work/tree/usr/bin/bound-images" "$root$new" || fail "$root$prefix/bin cannot be written to"
  chmod 755 "$root$new"
  if [ -n "$root" ]; then
    version=''
  elif ! version=$("$new" --version); then
    rm -f "$new"
    remove_directories
    fail "this program does not run on this machine, which is $(uname -m)"
  fi
  mv -f "$root$new" "$root$program"
  printf '%s\n' "$program" >>"$work/files"
}

# man, bash and fish find the rest by these.
profile() {
  # shellcheck disable=SC2016
  printf 'PATH=$PATH:%s/bin\n' "$prefix"
  # shellcheck disable=SC2016
  printf 'export PATH XDG_DATA_DIRS="${XDG_DATA_DIRS:-/usr/local/share:/usr/share}:%s/share"' "$prefix"
}

# Makes what is missing, and remembers it. A link that leads out of the tree would have us write elsewhere.
make_directory() {
  if [ ! -d "$root$1" ]; then
    case $1 in /*/*) make_directory "${1%/*}" ;; esac
    mkdir "$root$1" || fail "$root$1 cannot be made"
    chmod 755 "$root$1"
    printf 'd %s\n' "$1" >>"$work/directories"
  elif ! is_inside "$1"; then
    fail "$1 is a link that leads out of $root"
  fi
}

# Whether a directory of the tree is really one of the tree.
is_inside() {
  case $(cd "$root$1" && pwd -P) in
    "$root"/*) return 0 ;;
    *) return 1 ;;
  esac
}

# What an older version had installed and this one has not.
remove_outdated() {
  sed -n 's/^f //p' "$work/old" | sort | comm -23 - "$work/sorted" >"$work/outdated"
  while IFS= read -r path; do rm -f "$root$path"; done <"$work/outdated"
}

# Those that were made, but for what somebody else has put there.
remove_directories() {
  sort -r "$work/directories" >"$work/deepest-first"
  while IFS= read -r path; do rmdir "$root${path#d }" 2>/dev/null || :; done <"$work/deepest-first"
}

has_systemctl() { command -v systemctl >/dev/null; }
is_running() { [ -z "$root" ] && [ -d /run/systemd/system ]; }

tell_systemd() {
  has_systemctl || return 0
  # shellcheck disable=SC2086
  if [ "$is_upgrade" = no ]; then systemctl --no-reload $systemd preset $units >/dev/null 2>&1 || :; fi
  is_running || return 0
  systemctl daemon-reload
  # The gate is not started again by an upgrade: to stop it is to ask it.
  if [ "$is_upgrade" = no ]; then
    for unit in $started; do
      if systemctl --quiet is-enabled "$unit"; then systemctl start "$unit"; fi
    done
  fi
}

report() {
  what=installed
  if [ "$is_upgrade" = yes ]; then what=upgraded; fi
  say "$what: $root$program${version:+ ($version)}, units in $root$units_at/system, $(wc -l <"$work/sorted") files in all"
  if ! has_systemctl; then say "not enabled, for there is no systemctl here: $started"; fi
  if [ -z "$root" ] && ! command -v podman >/dev/null; then say 'podman is missing here, and it does the pulling'; fi
  say 'Next:'
  say "  $program doctor         says what this host still needs"
  say "  $prefix/share/doc/bound-images has a page for each kind of updater"
  say "  $prefix/share/bound-images/install.sh --uninstall"
}

uninstall() {
  if [ ! -f "$root$list" ]; then
    say "nothing is installed below $root$prefix"
    return 0
  fi
  cp "$root$list" "$work/old"
  if has_systemctl; then
    # The gate is asked once more: what is staged without its images stays held.
    # shellcheck disable=SC2086
    if is_running; then systemctl stop $units bound-images-stage.service bound-images-prune.service || :; fi
    # shellcheck disable=SC2086
    systemctl --no-reload $systemd disable $units >/dev/null 2>&1 || :
  fi
  # Also where there is no systemctl, and links that somebody made by hand.
  for link in "$root"/etc/systemd/system/*.wants/bound-images-*; do
    if [ -L "$link" ]; then
      rm -f "$link"
      rmdir "${link%/*}" 2>/dev/null || :
    fi
  done
  sed -n 's/^f //p' "$work/old" >"$work/old-files"
  while IFS= read -r path; do rm -f "$root$path"; done <"$work/old-files"
  grep '^d ' "$work/old" >"$work/directories" || :
  remove_directories
  if has_systemctl && is_running; then systemctl daemon-reload; fi
  say "removed: $(wc -l <"$work/old-files") files below $root$prefix and $root/etc"
  for kept in /var/lib/bound-images /etc/bound-images; do
    if [ -e "$root$kept" ]; then say "kept, for it is yours: $root$kept"; fi
  done
}

main "$@"
