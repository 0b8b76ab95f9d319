import JSON
import Kubernetes
import Model
import Synchronization
import TestSupport
import Testing

/// Routes of a Gateway, where the cluster serves them.
@Suite(.needsControlPlane) struct GatewayTests {
    private static let kinds = [("GRPCRoute", "grpcroutes"), ("HTTPRoute", "httproutes")]

    /// What a controller says of every route.
    private enum Answer { case taken, refused }

    @Test(.timeLimit(.minutes(5))) func routesAreWaitedForUntilTheirGatewayTakesThem() async throws {
        let plane = try ControlPlane.current()
        try await removeDefinitions(plane)
        do { try await story() } catch {
            try await removeDefinitions(plane)
            throw error
        }
        try await removeDefinitions(plane)
    }

    private func story() async throws {
        try await Site.with("gate") { site in
            let story = Story("gateway", site)
            for version in ["v1", "v2"] { site.pack(SmallPackage(version: version)) }
            func want(_ versions: KeyValuePairs<String, String>, _ more: String = "") {
                site.want(versions, more: "    ingress: {gateway: {name: public, namespace: infra, sectionName: https\(more)}}")
            }
            story.note("A cluster without the Gateway API.")
            want(["v1": "published"])
            try await story.run("plan")
            want(["v1": "published"], ", route: GRPCRoute")
            try await story.run("plan")
            want(["v1": "published"], ", orIngress: true")
            try await site.bring()
            #expect(try await site.kubectl("get", "ingress", "--output=name").contains("ingress.networking.k8s.io/entrypoint"))

            story.note("It is installed, an older one first, and nothing answers for the Gateway.")
            try await define([Self.kinds[1]], site.plane)
            want(["v1": "published"])
            try await story.run("plan")
            try await define([Self.kinds[0]], site.plane)
            try await story.run("plan")
            let waiting = try await site.kreform("apply --auto-approve --timeout 3")
            #expect(waiting.status == 3, "\(waiting.output)\(waiting.errors)")
            #expect(waiting.output.contains("  Last seen: Gateway infra/public, listener https has not seen it yet.\n"), "\(waiting.output)")
            #expect(waiting.output.contains("[not-ready-in-time]"), "\(waiting.output)")

            story.note("The Gateway does not want it.")
            try await answer(.refused, site)
            try await story.run("apply --auto-approve --timeout 60 --patience 1")
            #expect(try await site.kubectl("get", "ingress", "--output=name").contains("ingress.networking.k8s.io/entrypoint"))

            story.note("It does.")
            try await answer(.taken, site)
            try await story.run("apply --auto-approve --timeout 60")
            #expect(try await site.kubectl("get", "ingress", "--output=name") == "")
            try await site.expectSettled()
            let before = try await site.field("grpcroute/entrypoint", ".metadata.resourceVersion")

            story.note("A switch moves the Service alone.")
            want(["v1": "started", "v2": "published"])
            try await site.bring()
            #expect(try await site.field("grpcroute/entrypoint", ".metadata.resourceVersion") == before)
            #expect(try await site.field("service/active-entrypoint", ".spec.selector.version-name") == "v2-entrypoint")
            #expect(
                try await site.field("grpcroute/entrypoint", ".spec")
                    .contains(#""backendRefs":[{"group":"","kind":"Service","name":"active-entrypoint","port":9000,"weight":1}]"#))
            story.compare()
            try await shareTheCalls(site)
        }
    }

    /// A version gets a share by the route's weights before it takes the publication, while a controller takes what there is.
    private func shareTheCalls(_ site: Site) async throws {
        let controller = Task {
            while !Task.isCancelled {
                try? await answer(.taken, site)
                try? await Task.sleep(for: .milliseconds(300))
            }
        }
        let cluster = try site.plane.cluster()
        let query = ObjectQuery(
            type: ResourceType(apiVersion: "gateway.networking.k8s.io/v1", kind: "GRPCRoute"), namespace: site.namespace(),
            labels: [ObjectLabels.engine: site.engine])
        let start = try await cluster.list(query).resourceVersion
        let seen = Mutex<[String]>([])
        let watch = Task {
            for try await event in cluster.watch(query, after: start) {
                let backends = event.object.content["spec"]?["rules"]?[0]?["backendRefs"]?.array ?? []
                let shares = backends.map { "\($0["name"]?.string ?? "") \($0["weight"]?.integer ?? 0)" }.joined(separator: ", ")
                seen.withLock { if $0.last != shares { $0.append(shares) } }
            }
        }
        defer {
            watch.cancel()
            controller.cancel()
        }
        site.want(["v1": "published", "v2": "started"], more: """
                ingress: {gateway: {name: public, namespace: infra, sectionName: https}}
                rollout: {strategy: canary, steps: [{weight: 25, seconds: 1}, {weight: 75, seconds: 1}]}
            """)
        try await site.bring()
        let expected = ["active-entrypoint 75, v1 25", "active-entrypoint 25, v1 75", "active-entrypoint 1"]
        #expect(await eventually(within: .seconds(20)) { seen.withLock { $0.suffix(3) == expected[...] } }, "\(seen.withLock(\.self))")
        #expect(try await site.field("service/active-entrypoint", ".spec.selector.version-name") == "v1-entrypoint")
    }

    /// As a controller does: writes the status of every route, for its generation.
    private func answer(_ answer: Answer, _ site: Site) async throws {
        let list = try JSONValue(parsing: try await site.kubectl("get", "grpcroutes,httproutes", "--output=json"))
        for route in list["items"]?.array ?? [] {
            let generation = route["metadata"]?["generation"] ?? 1
            func condition(_ type: String, _ isTrue: Bool, _ reason: String, _ message: String) -> JSONValue {
                [
                    "type": .string(type), "status": isTrue ? "True" : "False", "reason": .string(reason), "message": .string(message),
                    "observedGeneration": generation, "lastTransitionTime": "2026-11-21T08:00:00Z",
                ]
            }
            let accepted = answer == .taken
                ? condition("Accepted", true, "Accepted", "")
                : condition("Accepted", false, "NotAllowedByListeners", "no listener takes routes of this namespace")
            var object = route
            object["status"] = ["parents": [[
                "parentRef": route["spec"]?["parentRefs"]?[0] ?? [:], "controllerName": "example.test/controller",
                "conditions": [accepted, condition("ResolvedRefs", true, "ResolvedRefs", "")],
            ]]]
            let plural = Self.kinds.first { $0.0 == route["kind"]?.string }?.1 ?? ""
            let name = route["metadata"]?["name"]?.string ?? ""
            try await site.plane.kubectl(
                ["replace", "--raw", "/apis/gateway.networking.k8s.io/v1/namespaces/\(site.namespace())/\(plural)/\(name)/status", "--filename=-"],
                input: object.encoded()
            ).expectSuccess()
        }
    }

    // MARK: The Gateway API, as far as it is used

    private func define(_ kinds: [(String, String)], _ plane: ControlPlane) async throws {
        for (kind, plural) in kinds {
            try await plane.kubectl(["apply", "--filename=-"], input: Self.definition(kind, plural).encoded()).expectSuccess()
            try await plane.kubectl(
                "wait", "--for=condition=Established", "crd/\(plural).gateway.networking.k8s.io", "--timeout=30s").expectSuccess()
            let isServed = try await eventually(within: .seconds(30)) {
                try await plane.kubectl("get", plural, "--all-namespaces").status == 0
            }
            #expect(isServed)
        }
    }

    private func removeDefinitions(_ plane: ControlPlane) async throws {
        let names = Self.kinds.map { "crd/\($0.1).gateway.networking.k8s.io" }
        try await plane.kubectl(["delete", "--ignore-not-found", "--timeout=60s"] + names).expectSuccess()
    }

    private static func definition(_ kind: String, _ plural: String) -> JSONValue {
        let text: JSONValue = ["type": "string"]
        func filled(_ value: String) -> JSONValue { ["type": "string", "default": .string(value)] }
        func object(_ properties: JSONValue) -> JSONValue { ["type": "object", "properties": properties] }
        func list(_ items: JSONValue) -> JSONValue { ["type": "array", "items": items] }
        let parent = object([
            "group": filled("gateway.networking.k8s.io"), "kind": filled("Gateway"), "name": text, "namespace": text, "sectionName": text,
        ])
        // The tests' API server takes an empty text, as `group` is, for null, which no type has.
        let backend = object([
            "group": ["x-kubernetes-preserve-unknown-fields": true], "kind": filled("Service"), "name": text, "namespace": text, "port": ["type": "integer"],
            "weight": ["type": "integer", "default": 1],
        ])
        let path = object(["path": object(["type": filled("PathPrefix"), "value": filled("/")])])
        let spec = object([
            "parentRefs": list(parent), "hostnames": list(text),
            "rules": list(object(["matches": list(path), "backendRefs": list(backend)])),
        ])
        let status: JSONValue = ["type": "object", "x-kubernetes-preserve-unknown-fields": true]
        return [
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": [
                "name": .string("\(plural).gateway.networking.k8s.io"),
                "annotations": ["api-approved.kubernetes.io": "unapproved, for tests"],
            ],
            "spec": [
                "group": "gateway.networking.k8s.io", "scope": "Namespaced",
                "names": [
                    "plural": .string(plural), "singular": .string(kind.lowercased()), "kind": .string(kind),
                    "listKind": .string("\(kind)List"),
                ],
                "versions": [[
                    "name": "v1", "served": true, "storage": true, "subresources": ["status": [:]],
                    "schema": ["openAPIV3Schema": object(["spec": spec, "status": status])],
                ]],
            ],
        ]
    }
}
