# The credentials of a test cluster. Sourced by `up`, which sets folder, nodes and api_port.

make_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }

# For the API server: service accounts' keys, a CA for clients' certificates, and tokens.
make_credentials() {
    local user
    make_key "$folder/service-accounts.key"
    openssl pkey -in "$folder/service-accounts.key" -pubout -out "$folder/service-accounts.pub"
    make_key "$folder/client-ca.key"
    openssl req -x509 -new -key "$folder/client-ca.key" -subj "/CN=kreform test clients" -days 365 -out "$folder/client-ca.crt"
    make_key "$folder/admin.key"
    openssl req -new -key "$folder/admin.key" -subj "/O=system:masters/CN=admin-certificate" |
        openssl x509 -req -CA "$folder/client-ca.crt" -CAkey "$folder/client-ca.key" -CAcreateserial -days 365 \
            -out "$folder/admin.crt" 2>/dev/null
    for user in admin kube-controller-manager kube-scheduler "${nodes[@]}"; do
        echo "$(openssl rand -hex 16),$user,$user,system:masters"
    done >"$folder/tokens.csv"
    for user in viewer nobody; do
        echo "$(openssl rand -hex 16),$user,$user"
    done >>"$folder/tokens.csv"
}

token_of() { awk -F, -v user="$1" '$2 == user { print $1 }' "$folder/tokens.csv"; }

encoded() { base64 -w 0 "$1"; }

# A kubeconfig with a context for each user given, the first being the current one; admin-certificate has a certificate, the
# others a token. It points to no other file.
kubeconfig() {
    local user
    echo "apiVersion: v1
kind: Config
current-context: $1
clusters:
- name: kreform-$name
  cluster:
    server: https://127.0.0.1:$api_port
    certificate-authority-data: $(encoded "$folder/ca.crt")
contexts:"
    for user in "$@"; do echo "- {name: $user, context: {cluster: kreform-$name, user: $user}}"; done
    echo "users:"
    for user in "$@"; do
        if [ "$user" = admin-certificate ]; then
            echo "- name: $user
  user:
    client-certificate-data: $(encoded "$folder/admin.crt")
    client-key-data: $(encoded "$folder/admin.key")"
        else
            echo "- {name: $user, user: {token: $(token_of "$user")}}"
        fi
    done
}

# Once the API server has made its certificate: the CA that signed it comes last in that file, and is all that is trusted.
write_kubeconfigs() {
    local user
    awk '/BEGIN CERTIFICATE/ { text = "" } { text = text $0 "\n" } END { printf "%s", text }' \
        "$folder/serving/apiserver.crt" >"$folder/ca.crt"
    for user in kube-controller-manager kube-scheduler "${nodes[@]}"; do
        kubeconfig "$user" >"$folder/$user.kubeconfig"
    done
    kubeconfig admin admin-certificate viewer nobody >"$folder/kubeconfig"
}
