@testable import Engine
import Model
import Testing

/// All that a user may not do is told at once, with the rules that would be enough.
@Suite struct MissingRightsTests {
    private func refusal(_ verb: String, _ resource: String, _ group: String, in namespace: String? = nil) -> ClusterError {
        let place = namespace.map { "in the namespace \"\($0)\"" } ?? "at the cluster scope"
        return ClusterError(
            .forbidden, "\(resource) is forbidden: User \"jane\" cannot \(verb) resource \"\(resource)\" in API group \"\(group)\" \(place)")
    }

    private func said(_ errors: [ClusterError]) -> String {
        var missing = MissingRights()
        for error in errors { missing.add(error) }
        do throws(EngineFailure) {
            try missing.check()
            return ""
        } catch {
            return error.diagnostics.map { "\($0.code): \($0.summary)\n\($0.detail)" }.joined(separator: "\n")
        }
    }

    @Test func nothingMissingIsNothingSaid() { #expect(said([]) == "") }

    @Test func everyKindIsNamedInOrder() {
        let text = said([
            refusal("list", "secrets", ""), refusal("list", "secrets", "", in: "shop-b"), refusal("list", "secrets", "", in: "shop-a"),
            refusal("list", "roles", "rbac.authorization.k8s.io"),
            refusal("list", "roles", "rbac.authorization.k8s.io", in: "shop-a"),
            refusal("list", "roles", "rbac.authorization.k8s.io", in: "shop-b"),
            refusal("list", "configmaps", ""), refusal("list", "configmaps", "", in: "shop-b"),
            refusal("get", "namespaces", "", in: "shop-a"),
        ])
        #expect(text == """
            rights-missing: User jane lacks rights in the cluster that this needs
            It may not get these in shop-a:
              namespaces
            It may not list these, neither in all namespaces nor in shop-a, shop-b:
              roles.rbac.authorization.k8s.io
              secrets
            It may not list these, neither in all namespaces nor in shop-b:
              configmaps
            A ClusterRole, or in each of the namespaces a Role, with these rules would be enough; docs/clusters.md has whole ones to copy:
              - {apiGroups: [""], resources: [namespaces], verbs: [get]}
              - {apiGroups: [""], resources: [configmaps, secrets], verbs: [list]}
              - {apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [list]}
            """)
    }

    @Test func otherWordsAreHandedOn() {
        #expect(said([ClusterError(.forbidden, "no entry today")]) == """
            rights-missing: The user lacks rights in the cluster that this needs
            The server says: no entry today
            """)
    }
}
