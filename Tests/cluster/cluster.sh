# What `up` and `down` share: where a cluster is, and its processes. Sourced by them.

fail() {
    echo "$*" >&2
    exit 1
}

# Sets `name`, `folder` (all there is of the cluster) and the processes' names, from the first argument.
choose_cluster() {
    name=${1:-default}
    [[ $name =~ ^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$ ]] ||
        fail "A cluster's name is up to 32 of a–z, 0–9 and '-', not '$name'."
    clusters=${XDG_CACHE_HOME:-$HOME/.cache}/kreform/clusters
    folder=$clusters/$name
    nodes=(hollow-1 hollow-2)
    processes=(etcd kube-apiserver kube-controller-manager kube-scheduler "${nodes[@]}")
    # The path of a Unix socket has room for 107 bytes, and each node has one in its folder.
    [ "$(printf %s "$folder/hollow-1/runtime.sock" | wc -c)" -le 107 ] || fail "Too long a path for a cluster: $folder"
    mkdir -p "$clusters"
}

# Holds the cluster until the script ends: `up` and `down` of one name happen one after the other.
lock_cluster() {
    lock=$clusters/$name.lock
    until [ "$lock" -ef /dev/fd/9 ]; do  # a `down` that ended meanwhile has removed the file that was waited for
        exec 9>"$lock"
        flock 9
    done
}

# When the process began, in clock ticks since the machine started; nothing when there is no such process, or it has ended.
# Together with its id this names a process for good: ids are used again.
beginning() {
    local stat fields
    { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 0
    read -ra fields <<<"${stat##*) }"
    [ "${fields[0]}" = Z ] || [ "${fields[0]}" = X ] || echo "${fields[19]}"
}

# Starts a program under a name, apart from this terminal: start NAME PROGRAM ARGUMENT…
start() {
    local process=$1 began
    shift
    setsid "$@" </dev/null >"$folder/logs/$process.log" 2>&1 9>&- &
    began=$(beginning $!)
    echo "$! ${began:-gone}" >"$folder/pids/$process"
}

# Prints the process's id while it runs.
running() {
    local pid began
    { read -r pid began <"$folder/pids/$1"; } 2>/dev/null || return 1
    [ "$(beginning "$pid")" = "$began" ] || return 1
    echo "$pid"
}

# Programs that ended by themselves, with their last words: what was done on the cluster since then is not to be trusted.
tell_ended() {
    local process
    for process in "${processes[@]}"; do
        [ -e "$folder/pids/$process" ] && ! running "$process" >/dev/null || continue
        echo "$process of cluster $name ended by itself:" >&2
        tail -n 40 "$folder/logs/$process.log" | cut -c 1-400 >&2
    done
}

# Ends every process of the cluster and removes its folder. Nothing in it is worth an orderly end.
stop_cluster() {
    local process pid attempt
    remove_volumes
    for process in "${processes[@]}"; do
        if pid=$(running "$process"); then kill -KILL "$pid" 2>/dev/null || true; fi
    done
    for process in "${processes[@]}"; do
        for ((attempt = 0; attempt < 100; attempt++)); do
            running "$process" >/dev/null || break
            sleep 0.05
        done
        ! pid=$(running "$process") || fail "$process of cluster $name (process $pid) does not end."
    done
    [ ! -s "$folder/temporary" ] || rm -rf -- "$(cat "$folder/temporary")"
    rm -rf "$folder"
}

# The controller manager makes the folders of host-path volumes in /tmp, whatever its settings.
remove_volumes() {
    running kube-apiserver >/dev/null || return 0
    kubectl --kubeconfig "$folder/kubeconfig" --request-timeout=2s get --raw /api/v1/persistentvolumes 2>/dev/null |
        jq -r '.items[].spec.hostPath.path // empty | select(startswith("/tmp/hostpath_pv/"))' 2>/dev/null |
        xargs -r rm -rf -- || true
}
