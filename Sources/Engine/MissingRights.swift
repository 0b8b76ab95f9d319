import Artifacts
import Model

/// Requests that the cluster's access rules forbid, gathered to be told at once, with the rules that would allow them
/// (https://kubernetes.io/docs/reference/access-authn-authz/rbac/).
struct MissingRights: Sendable {
    private var rights: Set<Right> = []
    private var users: Set<String> = []
    /// Refusals that are not in the words of Kubernetes' own authorizer.
    private var others: Set<String> = []

    /// May `verb` on `resource` of `group`, in `namespace` or, when that is nil, in the whole cluster.
    private struct Right: Hashable {
        let verb: String
        let resource: String
        let group: String
        let namespace: String?
    }

    var isEmpty: Bool { rights.isEmpty && others.isEmpty }

    /// Takes in the refusal of a request, or of several, each on a line.
    mutating func add(_ error: ClusterError) {
        for line in error.message.split(separator: "\n") {
            if let (user, right) = Self.read(line) {
                users.insert(user)
                rights.insert(right)
            } else {
                others.insert(String(line))
            }
        }
    }

    /// Throws when anything is missing.
    func check() throws(EngineFailure) {
        if !isEmpty { throw EngineFailure([diagnostic]) }
    }

    /// Reads `secrets is forbidden: User "jane" cannot list resource "secrets" in API group "" in the namespace "n"`, or
    /// `… at the cluster scope`.
    private static func read(_ line: Substring) -> (user: String, right: Right)? {
        guard let start = line.firstRange(of: "User \"")?.lowerBound else { return nil }
        let parts = line[start...].split(separator: "\"", omittingEmptySubsequences: false)
        guard parts.count >= 7, parts[2].hasPrefix(" cannot "), parts[2].hasSuffix(" resource "), parts[4] == " in API group " else {
            return nil
        }
        let verb = String(parts[2].dropFirst(8).dropLast(10))
        let namespace = parts.count >= 8 && parts[6] == " in the namespace " ? String(parts[7]) : nil
        return (String(parts[1]), Right(verb: verb, resource: String(parts[3]), group: String(parts[5]), namespace: namespace))
    }

    // MARK: In words

    private var diagnostic: Diagnostic {
        let who = users.isEmpty ? "The user" : users.sorted().map { "User \($0)" }.joined(separator: ", ")
        var lines: [String] = []
        for (words, resources) in refused { lines += ["It may not \(words):"] + resources.map { "  \($0)" } }
        lines += others.sorted().map { "The server says: \($0)" }
        if !rights.isEmpty {
            lines.append(
                "\(rights.contains { $0.namespace == nil } ? "A ClusterRole, or in each of the namespaces a Role," : "A Role") with "
                    + "these rules would be enough; docs/clusters.md has whole ones to copy:")
            lines += rules
        }
        return Diagnostic(
            code: Diagnostic.rightsMissingCode, summary: "\(who) lacks rights in the cluster that this needs",
            detail: lines.joined(separator: "\n"))
    }

    /// What may not be done where, and with which resources; all in order.
    private var refused: [(words: String, resources: [String])] {
        let byResource = Dictionary(grouping: rights) { "\($0.verb) \($0.resource)\($0.group.isEmpty ? "" : "." + $0.group)" }
        let words = byResource.mapValues { rights in
            let names = Set(rights.compactMap(\.namespace)).sorted()
            let somewhere = names.isEmpty ? "" : names.count > 6
                ? "\(names.prefix(6).joined(separator: ", ")) and \(names.count - 6) more" : names.joined(separator: ", ")
            let everywhere = rights.contains { $0.namespace == nil }
            let place = !everywhere ? " in \(somewhere)"
                : names.isEmpty ? " in the whole cluster" : ", neither in all namespaces nor in \(somewhere)"
            return "\(rights[0].verb) these\(place)"
        }
        return Dictionary(grouping: words.keys) { words[$0] ?? "" }.sorted { $0.key < $1.key }
            .map { ($0.key, $0.value.map { String($0.split(separator: " ", maxSplits: 1)[1]) }.sorted()) }
    }

    /// The least that allows it, as lines of a Role.
    private var rules: [String] {
        struct Rule: Hashable { let group: String, verbs: [String] }
        let verbs = Dictionary(grouping: rights) { [$0.group, $0.resource] }.mapValues { Set($0.map(\.verb)).sorted() }
        let rules = Dictionary(grouping: verbs.keys) { Rule(group: $0[0], verbs: verbs[$0] ?? []) }
        return rules.sorted { ($0.key.group, $0.key.verbs.joined()) < ($1.key.group, $1.key.verbs.joined()) }.map { rule, keys in
            let resources = keys.map { $0[1] }.sorted().joined(separator: ", ")
            return "  - {apiGroups: [\(rule.group.isEmpty ? "\"\"" : rule.group)], resources: [\(resources)], "
                + "verbs: [\(rule.verbs.joined(separator: ", "))]}"
        }
    }
}
