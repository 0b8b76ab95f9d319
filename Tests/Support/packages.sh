# What Debian packages building and testing need, and how to get those that are missing. Sourced by Tests/run and the quickstart.

build_packages=(libyaml-dev libarchive-dev zlib1g-dev libsqlite3-dev libcurl4-openssl-dev pkg-config)

# Installs the packages given that are not there yet.
install_missing() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    echo "Installing ${missing[*]}"
    local sudo=()
    [ "$(id -u)" -eq 0 ] || sudo=(sudo)
    "${sudo[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

require_swift() {
    command -v swift >/dev/null && return
    echo "Swift 6.1 or newer is needed: https://www.swift.org/install/linux/" >&2
    exit 1
}

install_packages() {
    require_swift
    install_missing "${build_packages[@]}" curl python3 python3-venv nodejs
}

# What the test cluster needs beyond the programs that Tests/cluster/programs builds. A service that etcd's package starts is not
# used, and does not matter.
install_cluster_packages() {
    local packages=(openssl jq)
    command -v etcd >/dev/null || packages+=(etcd-server)
    command -v kubectl >/dev/null || packages+=(kubernetes-client)
    # Outside the path of most users.
    [ -x /usr/sbin/nats-server ] || command -v nats-server >/dev/null || packages+=(nats-server)
    install_missing "${packages[@]}"
}

# Runs the handlers' tests in an environment of their own, kept outside the checkout.
test_examples() {
    local cache=${XDG_CACHE_HOME:-$HOME/.cache}/kreform
    local environment=$cache/examples-$(sha256sum examples/requirements-test.txt | cut -c1-12)
    if [ ! -x "$environment/bin/pytest" ]; then
        mkdir -p "$cache"
        python3 -m venv "$environment"
        "$environment/bin/pip" install -q -r examples/requirements-test.txt
    fi
    "$environment/bin/python" -m pytest -q -p no:cacheprovider examples
}
