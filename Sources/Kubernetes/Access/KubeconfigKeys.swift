import Model
import Schema
import YAML

/// The keys of a kubeconfig that are looked at (https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/). Others are
/// left alone.
enum KubeconfigKeys {
    static let kind = ShapeKey<String>.optional("kind", .text, "`Config`.")
    static let currentContext = ShapeKey<String>.optional(
        "current-context", .text, "The context that is used when none is named.")
    static let contexts = list("contexts", "Which user works on which cluster.")
    static let clusters = list("clusters", "Where API servers are.")
    static let users = list("users", "Who users say they are.")

    /// The entries are looked at when they are chosen.
    private static func list(_ name: String, _ summary: String) -> ShapeKey<[Located<YAMLNode>]> {
        .optional(name, .list(of: .any), summary)
    }

    static let file = Shape<ShapeValues>.record(
        "the kubeconfig", keys: ShapeKeys(kind, currentContext, contexts, clusters, users), isOpen: true
    ) { values, _ in values }
}

enum ContextKeys {
    static let cluster = ShapeKey<String>.required(
        "cluster", .text(.filled), "The name of one of the file's `clusters`.")
    static let user = ShapeKey<String>.optional("user", .text, "The name of one of the file's `users`.")
    static let namespace = ShapeKey<String>.optional("namespace", .text, "The namespace of what names none.")

    static func shape(_ title: String) -> Shape<ShapeValues> {
        .record(title, keys: ShapeKeys(cluster, user, namespace), isOpen: true) { values, _ in values }
    }
}

enum ClusterKeys {
    static let server = ShapeKey<String>.required(
        "server", .text, "The URL of the API server, such as `https://10.0.0.1:6443`.")
    static let authority = ShapeKey<String>.optional(
        "certificate-authority", .text, "A file with the certificates that vouch for the server.")
    static let authorityData = ShapeKey<String>.optional(
        "certificate-authority-data", .text, "The same, in base64.")
    static let serverName = ShapeKey<String>.optional(
        "tls-server-name", .text, "The name that the server's certificate is held against.")
    static let insecure = ShapeKey<Bool>.optional(
        "insecure-skip-tls-verify", .boolean, "Whether the server's certificate is not checked.")
    static let proxy = ShapeKey<String>.optional("proxy-url", .text, "The proxy before the server.")
    static let disablesCompression = ShapeKey<Bool>.optional(
        "disable-compression", .boolean, "Whether answers come as they are.")
    static let extensions = ShapeKey<YAMLNode>.optional("extensions", .any, "What other programs keep here.")

    static func shape(_ title: String) -> Shape<ShapeValues> {
        .record(
            title,
            keys: ShapeKeys(
                server, authority, authorityData, serverName, insecure, proxy, disablesCompression, extensions),
            isOpen: true
        ) { values, _ in values }
    }
}

enum UserKeys {
    static let token = ShapeKey<String>.optional("token", .text, "A bearer token.")
    static let tokenFile = ShapeKey<String>.optional("tokenFile", .text, "A file with a bearer token.")
    static let certificate = ShapeKey<String>.optional(
        "client-certificate", .text, "A file with the user's certificate.")
    static let certificateData = ShapeKey<String>.optional("client-certificate-data", .text, "The same, in base64.")
    static let key = ShapeKey<String>.optional("client-key", .text, "A file with the certificate's key.")
    static let keyData = ShapeKey<String>.optional("client-key-data", .text, "The same, in base64.")
    static let username = ShapeKey<String>.optional("username", .text, "A name for basic authentication.")
    static let password = ShapeKey<String>.optional("password", .text, "Its password.")
    static let exec = ShapeKey<ShapeValues>.optional("exec", PluginKeys.shape, "A program that gives credentials.")
    static let authProvider = ShapeKey<YAMLNode>.optional("auth-provider", .any, "A way of the past.")

    static let impersonated = ShapeKey<String>.optional("as", .text, "The user to act as.")
    static let impersonatedUID = ShapeKey<String>.optional("as-uid", .text, "The uid to act as.")
    static let impersonatedGroups = ShapeKey<[Located<String>]>.optional(
        "as-groups", .list(of: .text), "The groups to act as.")
    static let impersonatedExtra = ShapeKey<[ShapeEntry<[Located<String>]>]>.optional(
        "as-user-extra", .map(to: .list(of: .text)), "What else to say about the user to act as.")

    static func shape(_ title: String) -> Shape<ShapeValues> {
        .record(
            title,
            keys: ShapeKeys(
                token, tokenFile, certificate, certificateData, key, keyData, username, password, exec, authProvider,
                impersonated, impersonatedUID, impersonatedGroups, impersonatedExtra),
            synonyms: ["token-file": "tokenFile"], isOpen: true
        ) { values, _ in values }
    }
}

enum PluginKeys {
    struct Variable: Sendable {
        let name: String
        let value: String
    }

    static let version = ShapeKey<String>.required(
        "apiVersion", .text, "The version of the plugin's answers: `client.authentication.k8s.io/v1`.")
    static let command = ShapeKey<String>.required(
        "command", .text(.filled), "The program: a name in `PATH`, or a path with a `/`.")
    static let arguments = ShapeKey<[Located<String>]>.optional("args", .list(of: .text), "Its arguments.")
    static let environment = ShapeKey<[Located<Variable>]>.optional(
        "env", .list(of: variable), "Variables for its environment: `{name, value}` each.")
    static let mode = ShapeKey<ExecPlugin.InteractiveMode>.optional(
        "interactiveMode", .choice, "Whether it is given standard input.")
    static let installHint = ShapeKey<String>.optional("installHint", .text, "What to say when it is not there.")
    static let tellsCluster = ShapeKey<Bool>.optional(
        "provideClusterInfo", .boolean, "Whether it is told about the cluster.")

    private static let name = ShapeKey<String>.required("name", .text(.filled), "The variable's name.")
    private static let value = ShapeKey<String>.optional("value", .text, "The variable's value.")
    private static let variable = Shape<Variable>.record(
        "a variable of `env`", keys: ShapeKeys(name, value), isOpen: true
    ) { values, _ in
        values.value(name).map { Variable(name: $0, value: values.value(value) ?? "") }
    }

    static let shape = Shape<ShapeValues>.record(
        "`exec`", keys: ShapeKeys(version, command, arguments, environment, mode, installHint, tellsCluster), isOpen: true
    ) { values, _ in values }
}
