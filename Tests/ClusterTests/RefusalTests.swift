import JSON
import Kubernetes
import Model
import TestSupport
import Testing

/// What a real server refuses without saying all of why.
@Suite(.needsControlPlane, .timeLimit(.minutes(2))) struct RefusalTests {
    private func map(_ namespace: String, _ name: String = "a") -> JSONValue {
        ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name), "namespace": .string(namespace)]]
    }

    @Test func theRightToCreateIsNamedWhenItIsMissing() async throws {
        let plane = try ControlPlane.current()
        try await plane.withNamespace("patcher") { namespace in
            for arguments in [
                ["create", "role", "patcher", "--verb=get,list,patch", "--resource=configmaps"],
                ["create", "rolebinding", "patcher", "--role=patcher", "--user=pat"],
            ] { try await plane.kubectl(arguments + ["--namespace", namespace]).expectSuccess() }
            let admin = try plane.access()
            let pat = try KubernetesCluster(ClusterAccess(
                server: admin.server, certificateAuthority: admin.certificateAuthority, serverName: admin.serverName,
                headers: [ClusterAccess.Header(name: "Impersonate-User", value: "pat")], credentials: admin.credentials))
            for dryRun in [true, false] {
                let error = await failure { _ = try await pat.apply(ApplyRequest(object: map(namespace), isNew: true, dryRun: dryRun)) }
                #expect(error?.kind == .forbidden)
                #expect(error?.message.hasSuffix(
                    #"User "pat" cannot create resource "configmaps" in API group "" in the namespace "\#(namespace)""#) == true,
                    "\(error?.message ?? "")")
            }
            // What is there she may change.
            try await plane.kubectl("create", "configmap", "a", "--namespace", namespace).expectSuccess()
            let result = try await pat.apply(ApplyRequest(object: map(namespace)))
            #expect(!result.created)
        }
    }

    @Test func aWebhookThatIsAwayIsNamed() async throws {
        let plane = try ControlPlane.current()
        let cluster = try plane.cluster()
        try await plane.withNamespace("hooked") { namespace in
            try await plane.kubectl("label", "namespace", namespace, "hooked=\(namespace)").expectSuccess()
            try await plane.kubectl("apply", "--filename=-", input: """
                apiVersion: admissionregistration.k8s.io/v1
                kind: ValidatingWebhookConfiguration
                metadata: {name: "\(namespace)"}
                webhooks:
                  - name: policy.example.com
                    clientConfig: {service: {name: policy, namespace: "\(namespace)"}}
                    namespaceSelector: {matchLabels: {hooked: "\(namespace)"}}
                    rules: [{apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: [configmaps]}]
                    admissionReviewVersions: [v1]
                    sideEffects: None
                    failurePolicy: Fail
                    timeoutSeconds: 2

                """).expectSuccess()
            // Servers read such configurations a moment later.
            let error = try await last(within: .seconds(20)) { number in
                await failure { _ = try await cluster.apply(ApplyRequest(object: map(namespace, "m\(number)"))) }
            }
            _ = try await plane.kubectl("delete", "validatingwebhookconfiguration", namespace)
            #expect(error?.kind == .webhookFailed("policy.example.com"), "\(String(describing: error))")
            #expect(error?.advice.contains("Service policy in namespace \(namespace)") == true, "\(error?.advice ?? "")")
        }
    }

    /// What `body` gives first that is not nil.
    private func last<Value>(within time: Duration, _ body: (Int) async -> Value?) async throws -> Value? {
        let deadline = ContinuousClock.now + time
        var number = 0
        while ContinuousClock.now < deadline {
            if let value = await body(number) { return value }
            number += 1
            try await Task.sleep(for: .milliseconds(100))
        }
        return nil
    }
}
