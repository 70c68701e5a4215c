# Sourced: install Debian packages, with root's rights or sudo's.

# Usage: apt_install PACKAGE...
apt_install() {
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "These packages are missing: $*. Install them as root and try again." >&2
            return 1
        fi
        as_root=(sudo)
    fi
    if ! command -v apt-get >/dev/null; then
        echo "These packages are missing (by their Debian names): $*. Install them and try again." >&2
        return 1
    fi
    echo "Installing: $*"
    "${as_root[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}
