import FoundationEssentials
import Kubernetes
import Model
import Testing

@Suite struct KubeconfigTests {
    private static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    @Test func `Every setting of a context arrives`() async throws {
        let folder = AccessFolder([
            ("ca.pem", AccessFolder.certificate),
            (
                "config",
                """
                apiVersion: v1
                kind: Config
                preferences: {colors: true}
                current-context: prod
                extensions: []
                contexts:
                - name: prod
                  context: {cluster: main, user: admin, namespace: shop, extensions: [{name: x, extension: 1}]}
                clusters:
                - name: main
                  cluster:
                    server: https://10.0.0.1:6443/prefix/
                    certificate-authority: ca.pem
                    tls-server-name: kubernetes.default
                    proxy-url: socks5://proxy:1080
                    disable-compression: true
                users:
                - name: admin
                  user:
                    token: abc
                    client-certificate-data: \(Self.base64(AccessFolder.certificate))
                    client-key-data: \(Self.base64(AccessFolder.key))
                    as: jane
                    as-uid: "17"
                    as-groups: [dev, ops]
                    as-user-extra: {scopes: [view], acme.com/project: [one, two]}
                """
            ),
        ])
        let (access, warnings) = try folder.find()
        #expect(warnings == [])
        #expect(access.context == "prod")
        #expect(access.server == "https://10.0.0.1:6443/prefix")
        #expect(access.certificateAuthority == Array(AccessFolder.certificate.utf8))
        #expect(access.serverName == "kubernetes.default")
        #expect(access.verifies)
        #expect(access.proxy == "socks5h://proxy:1080")
        #expect(!access.compresses)
        #expect(access.namespace == "shop")
        #expect(access.headers.map { "\($0.name): \($0.value)" } == [
            "Impersonate-User: jane", "Impersonate-Uid: 17", "Impersonate-Group: dev", "Impersonate-Group: ops",
            "Impersonate-Extra-acme.com%2Fproject: one", "Impersonate-Extra-acme.com%2Fproject: two",
            "Impersonate-Extra-scopes: view",
        ])
        #expect(try await access.credentials.current() == Credential(
            authorization: "Bearer abc", clientCertificate: Array(AccessFolder.certificate.utf8),
            clientKey: Array(AccessFolder.key.utf8)))
    }

    @Test func `JSON is a kubeconfig too, with tabs and on one line`() throws {
        let text = """
            {
            \t"kind": "Config", "apiVersion": "v1", "current-context": "a",
            \t"contexts": [ {"name": "a", "context": {"cluster": "a", "user": ""}} ],
            \t"clusters": [
            \t\t{
            \t\t\t"name": "a", "cluster": {"server": "https:\\/\\/h:1"}
            \t\t}
            \t],
            \t"users": null
            }
            """
        for written in [text, text.split(separator: "\n").map { $0.drop { $0 == "\t" } }.joined()] {
            #expect(try AccessFolder([("config", written)]).find().access.server == "https://h:1")
        }
    }

    @Test func `Several megabytes are read`() throws {
        var text = AccessFolder.config()
        let data = Self.base64(String(repeating: AccessFolder.certificate, count: 40))
        for index in 0..<1000 {
            text += "- name: user\(index)\n  user:\n    client-certificate-data: \(data)\n"
        }
        #expect(text.utf8.count > 3_000_000)
        #expect(try AccessFolder([("config", text)]).find().access.server == "https://a")
    }

    @Test(arguments: [
        ("https://a", "https://a"), ("https://a/", "https://a"), ("HTTPS://a:443//", "https://a:443"),
        ("http://[::1]:8080", "http://[::1]:8080"), ("localhost:8080", "http://localhost:8080"),
        ("https://rancher.example.com/k8s/clusters/c-1", "https://rancher.example.com/k8s/clusters/c-1"),
    ])
    func `Servers are written as requests need them`(_ written: String, _ server: String) throws {
        let folder = AccessFolder([("config", AccessFolder.config(cluster: "server: \"\(written)\""))])
        #expect(try folder.find().access.server == server)
    }

    @Test func `A mere host with an authority is reached by HTTPS, as kubectl does`() throws {
        let cluster = "server: 10.0.0.1:6443\ncertificate-authority-data: \(Self.base64(AccessFolder.certificate))"
        #expect(
            try AccessFolder([("config", AccessFolder.config(cluster: cluster))]).find().access.server == "https://10.0.0.1:6443")
    }

    @Test func `An unchecked server is used with a warning`() throws {
        let folder = AccessFolder([("config", AccessFolder.config(cluster: "server: https://a\ninsecure-skip-tls-verify: true"))])
        let (access, warnings) = try folder.find()
        #expect(!access.verifies)
        #expect(access.certificateAuthority == nil)
        #expect(
            folder.text(warnings) == """
                Warning: The server of the cluster `here` is not checked [unverified-server]
                  config:11:5
                    11 │     insecure-skip-tls-verify: true
                       │     ^^^^^^^^^^^^^^^^^^^^^^^^
                  With `insecure-skip-tls-verify` anybody between here and there can pose as the
                  server, read every secret that is sent, and keep the credential. Give its
                  `certificate-authority-data` instead.

                """)
    }

    @Test(arguments: [
        ("token: abc", "Bearer abc"), ("username: jane\npassword: s:t", "Basic amFuZTpzOnQ="), ("{}", nil),
        ("username: jane", "Basic amFuZTo="),
    ] as [(String, String?)])
    func `Tokens and passwords become a header`(_ user: String, _ header: String?) async throws {
        let folder = AccessFolder([("config", AccessFolder.config(user: user))])
        let credentials = try folder.find().access.credentials
        let credential = try await credentials.current()
        #expect(credential.authorization == header)
        #expect(try await credentials.renewed(after: credential) == nil)
    }

    @Test func `Faults of other contexts are no matter`() throws {
        let folder = AccessFolder([
            (
                "config",
                AccessFolder.config() + """
                    - name: broken
                      user: {token: [], exec: nonsense, auth-provider: {name: gcp}}
                    - nothing
                    - {name: [a], user: 3}
                    """
            ),
        ])
        #expect(folder.said() == "")
    }

    // MARK: Where

    @Test func `Of several files the first wins, name by name`() async throws {
        let folder = AccessFolder([
            (
                "a/first",
                """
                clusters:
                - {name: shared, cluster: {server: "https://first"}}
                users:
                - {name: me, user: {tokenFile: token}}
                """
            ),
            ("a/token", " from-a\n"),
            (
                "second",
                """
                current-context: two
                contexts:
                - {name: two, context: {cluster: shared, user: me}}
                - {name: own, context: {cluster: own, user: you}}
                clusters:
                - {name: shared, cluster: {server: "https://second", tls-server-name: not-taken}}
                - {name: own, cluster: {server: "https://own"}}
                users:
                - {name: me, user: {token: not-taken}}
                - {name: you, user: {token: from-second}}
                """
            ),
            (
                "third",
                """
                current-context: own
                contexts:
                - {name: two, context: {cluster: own, user: you}}
                """
            ),
        ])
        let list = ["absent", "a/first", "second", "second", "third"].map { "\(folder.path)/\($0)" }.joined(separator: ":")
        let environment = ["KUBECONFIG": ":" + list]
        let two = try folder.find(nil, nil, environment: environment).access
        #expect(two.context == "two")
        #expect(two.server == "https://first")
        #expect(two.serverName == nil)
        #expect(try await two.credentials.current().authorization == "Bearer from-a")
        let own = try folder.find("own", nil, environment: environment).access
        #expect(own.server == "https://own")
        #expect(try await own.credentials.current().authorization == "Bearer from-second")
    }

    @Test func `Without KUBECONFIG the file in the home folder is read, and a path wins over both`() throws {
        let folder = AccessFolder([
            (".kube/config", AccessFolder.config(cluster: "server: https://home")),
            ("listed", AccessFolder.config(cluster: "server: https://listed")),
            ("named", AccessFolder.config(cluster: "server: https://named")),
        ])
        var environment = ["HOME": folder.path]
        #expect(try folder.find(nil, nil, environment: environment).access.server == "https://home")
        environment["KUBECONFIG"] = ""
        #expect(try folder.find(nil, nil, environment: environment).access.server == "https://home")
        environment["KUBECONFIG"] = "\(folder.path)/listed"
        #expect(try folder.find(nil, nil, environment: environment).access.server == "https://listed")
        #expect(try folder.find(nil, "named", environment: environment).access.server == "https://named")
    }

    @Test func `A pod without a kubeconfig reaches its own cluster`() async throws {
        let folder = AccessFolder([
            ("serviceaccount/token", "sa-1\n"), ("serviceaccount/ca.crt", AccessFolder.certificate),
            ("serviceaccount/namespace", "ci"), ("empty", ""),
        ])
        let environment = [
            "KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443", "KUBECONFIG": "/dev/null:\(folder.path)/none",
        ]
        let (access, warnings) = try folder.find(nil, nil, environment: environment)
        #expect(warnings == [])
        #expect(access.context == nil)
        #expect(access.server == "https://[fd00::1]:443")
        #expect(access.namespace == "ci")
        #expect(access.certificateAuthority == Array(AccessFolder.certificate.utf8))
        #expect(try await access.credentials.current().authorization == "Bearer sa-1")
        folder.write("sa-2\n", to: "serviceaccount/token")
        #expect(try await access.credentials.current().authorization == "Bearer sa-2")
    }

    @Test func `A pod that asks for a context is told that it has none`() {
        let folder = AccessFolder([("serviceaccount/token", "t"), ("serviceaccount/ca.crt", AccessFolder.certificate)])
        #expect(
            folder.said("prod", nil, environment: [
                "KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443", "HOME": folder.path,
            ]) == """
                Error: No kubeconfig is found, and the context `prod` is asked for [no-cluster]
                  Looked at:
                    KUBECONFIG: not set
                    .kube/config: no such file
                    a pod's service account: it has no contexts
                  Name a kubeconfig with --kubeconfig or KUBECONFIG (`kubectl config view` shows
                  what kubectl uses; your provider's tool writes one), or add --sandbox for the
                  simulated cluster beside the state.

                """)
    }

    // MARK: Proxies

    @Test(arguments: [
        ("https://api.example.com", ["HTTPS_PROXY": "http://p:1"], "http://p:1"),
        ("https://api.example.com", ["https_proxy": "p:1"], "http://p:1"),
        ("https://api.example.com", ["HTTP_PROXY": "http://p:1"], nil),
        ("http://api.example.com", ["HTTP_PROXY": "http://p:1"], "http://p:1"),
        ("https://127.0.0.1:6443", ["HTTPS_PROXY": "http://p:1"], nil),
        ("https://localhost", ["HTTPS_PROXY": "http://p:1"], nil),
        ("https://[::1]", ["HTTPS_PROXY": "http://p:1"], nil),
        ("https://api.example.com", ["HTTPS_PROXY": "http://p:1", "NO_PROXY": "a.com, example.com"], nil),
        ("https://example.com", ["HTTPS_PROXY": "http://p:1", "NO_PROXY": ".example.com"], "http://p:1"),
        ("https://api.example.com", ["HTTPS_PROXY": "http://p:1", "no_proxy": "*.example.com:443"], nil),
        ("https://api.example.com:6443", ["HTTPS_PROXY": "http://p:1", "NO_PROXY": "example.com:443"], "http://p:1"),
        ("https://10.1.2.3", ["HTTPS_PROXY": "http://p:1", "NO_PROXY": "10.0.0.0/8"], nil),
        ("https://11.1.2.3", ["HTTPS_PROXY": "http://p:1", "NO_PROXY": "10.0.0.0/7"], nil),
        ("https://12.1.2.3", ["HTTPS_PROXY": "http://p:1", "NO_PROXY": "10.0.0.0/7"], "http://p:1"),
        ("https://[fd00::7]:6443", ["HTTPS_PROXY": "http://p:1", "NO_PROXY": "fd00::/16"], nil),
        ("https://[fd00::7]:6443", ["HTTPS_PROXY": "http://p:1", "NO_PROXY": "[fd00::7]:6443"], nil),
        ("https://api.example.com", ["HTTPS_PROXY": "socks5://p:1", "NO_PROXY": "notexample.com"], "socks5h://p:1"),
        ("https://api.example.com", ["HTTPS_PROXY": "http://p:1", "NO_PROXY": "*"], nil),
    ] as [(String, [String: String], String?)])
    func `The environment's proxy is taken as kubectl takes it`(
        _ server: String, _ environment: [String: String], _ proxy: String?
    ) throws {
        let folder = AccessFolder([("config", AccessFolder.config(cluster: "server: \"\(server)\""))])
        #expect(try folder.find(environment: environment).access.proxy == proxy)
    }

    @Test func `The kubeconfig's proxy wins over the environment's`() throws {
        let folder = AccessFolder([("config", AccessFolder.config(cluster: "server: https://a\nproxy-url: http://u:p@own:2"))])
        let access = try folder.find(environment: ["HTTPS_PROXY": "http://p:1", "NO_PROXY": "*"]).access
        #expect(access.proxy == "http://u:p@own:2")
        var dumped = ""
        dump(access, to: &dumped)
        #expect(!"\(access) \(dumped)".contains("u:p@"))
    }
}
