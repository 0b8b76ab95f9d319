import Conformance
import JSON
import Kubernetes
import Model
import TestSupport
import Testing

/// A real API server does what every cluster must do.
@Suite(.needsControlPlane) struct KubernetesConformanceTests {
    @Test(arguments: ConformanceCase.all) func conforms(_ testCase: ConformanceCase) async throws {
        let plane = try ControlPlane.current()
        try await Self.cleared.value
        // Small pages: lists have several.
        try await testCase.run(try plane.cluster(pageSize: 5), plane.other)
    }

    /// What an earlier run left is gone before the first case begins.
    private static let cleared = Task {
        let plane = try ControlPlane.current()
        for kind in ["customresourcedefinitions", "storageclasses", "namespaces"] {
            let names = try await plane.kubectl("get", kind, "--output=name").expectSuccess()
                .split(separator: "\n").map(String.init)
                .filter { $0.contains("/conform-") || $0.hasSuffix(".conform.kreform.dev") }
            guard !names.isEmpty else { continue }
            try await plane.kubectl(["delete", "--wait=false"] + names).expectSuccess()
            // A case that failed may have left objects that a finalizer holds.
            for name in names where kind == "namespaces" {
                let namespace = String(name.dropFirst("namespace/".count))
                _ = try await plane.kubectl(
                    "patch", "configmaps", "settings", "--namespace", namespace, "--type=merge",
                    "--patch={\"metadata\":{\"finalizers\":null}}")
            }
            try await plane.kubectl(["wait", "--for=delete", "--timeout=120s"] + names).expectSuccess()
        }
    }
}

extension ControlPlane {
    fileprivate var other: OtherClient {
        OtherClient { object, manager in
            try await kubectl(
                "apply", "--server-side", "--field-manager", manager, "--filename=-", input: object.encoded()
            ).expectSuccess()
        } scale: { namespace, name, replicas in
            try await kubectl("scale", "--namespace", namespace, "deployment/\(name)", "--replicas", "\(replicas)").expectSuccess()
        }
    }
}
