import YAML

/// Which texts of a kubeconfig no message may repeat: all of a user that are not known to be harmless, and what bears the
/// name of a secret anywhere.
struct KubeconfigSecrets {
    private(set) var nodes: [YAMLNode] = []

    private static let harmlessOfUsers: Set<String> = [
        "tokenFile", "client-certificate", "client-key", "username", "as", "as-uid", "as-groups",
        "as-user-extra",
    ]
    private static let harmlessOfPlugins: Set<String> = [
        "apiVersion", "command", "installHint", "interactiveMode", "provideClusterInfo",
    ]
    private static let secret: Set<String> = [
        "token", "password", "client-key-data", "id-token", "access-token", "refresh-token", "client-secret",
    ]

    init(in root: YAMLNode) {
        for pair in root.pairs ?? [] {
            switch pair.key.scalar?.text {
            case "users": for item in pair.value.items ?? [pair.value] { addEntry(item) }
            default: addNamed(pair.value)
            }
        }
    }

    private mutating func addEntry(_ item: YAMLNode) {
        guard let pairs = item.pairs else { return addAll(item) }
        for pair in pairs where pair.key.scalar?.text != "name" {
            guard pair.key.scalar?.text == "user", let keys = pair.value.pairs else {
                addAll(pair.value)
                continue
            }
            for key in keys { addUser(key) }
        }
    }

    private mutating func addUser(_ pair: YAMLPair) {
        let name = pair.key.scalar?.text ?? ""
        if name == "auth-provider", let keys = pair.value.pairs { return addUnnamed(keys) }
        guard name == "exec", let keys = pair.value.pairs else {
            if !Self.harmlessOfUsers.contains(name) { addAll(pair.value) }
            return
        }
        for key in keys where !Self.harmlessOfPlugins.contains(key.key.scalar?.text ?? "") {
            guard key.key.scalar?.text == "env", let items = key.value.items else {
                addAll(key.value)
                continue
            }
            for item in items {
                if let variable = item.pairs { addUnnamed(variable) } else { addAll(item) }
            }
        }
    }

    /// All but the name.
    private mutating func addUnnamed(_ pairs: [YAMLPair]) {
        for pair in pairs where pair.key.scalar?.text != "name" || pair.value.scalar == nil { addAll(pair.value) }
    }

    /// What bears a secret's name, and URLs with a password in them.
    private mutating func addNamed(_ node: YAMLNode) {
        switch node.kind {
        case .scalar(let scalar):
            if scalar.text.contains("://"), scalar.text.contains("@") { nodes.append(node) }
        case .sequence(let items): for item in items { addNamed(item) }
        case .mapping(let pairs):
            for pair in pairs {
                if Self.secret.contains(pair.key.scalar?.text ?? "") { addAll(pair.value) } else { addNamed(pair.value) }
            }
        }
    }

    private mutating func addAll(_ node: YAMLNode) {
        switch node.kind {
        case .scalar: if !node.isNull { nodes.append(node) }
        case .sequence(let items): for item in items { addAll(item) }
        case .mapping(let pairs): for pair in pairs { addAll(pair.value) }
        }
    }
}
