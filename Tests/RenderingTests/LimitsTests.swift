import JSON
import Model
import Rendering
import Testing

@Suite struct LimitsTests {
    private func text(_ state: DesiredState) -> [String] {
        Rendering.limits(state).map { found in
            "\(found.span.map(\.description) ?? "-"): \(found.severity.rawValue) \(found.code) [\(found.address ?? "-")]\n"
                + "\(found.summary)\n\(found.detail)"
        }
    }

    @Test func soundNamesHaveNoFault() {
        let versions = [Samples.roomPrice(.published), Samples.classifier(.started), Samples.small("v1")]
        #expect(
            text(
                Samples.state([Samples.runtime(versions, name: "mail"), Samples.runtime(versions, name: "room-price")]))
                == [])
    }

    @Test func callsAreSharedOnlyWhereTheyCanBe() {
        let rollout = Rollout.canary(CanarySettings(stages: Samples.stages, span: Samples.span(3)))
        func codes(_ ingress: IngressSettings, domain: String? = "ai.example.com") -> [String] {
            let runtime = Samples.runtime([Samples.small("v1")], ingress: ingress, rollout: rollout)
            return Rendering.limits(Samples.state([runtime], domain: domain)).map { "\($0.span.map(\.description) ?? "-"): \($0.code)" }
        }
        let (gateway, orIngress) = (GatewaySettings(name: "public"), GatewaySettings(name: "public", orIngress: true))
        #expect(codes(IngressSettings(className: "nginx")) == [])
        #expect(codes(IngressSettings(className: "nginx-internal")) == [])
        #expect(codes(IngressSettings(gateway: gateway)) == [])
        #expect(codes(IngressSettings(className: "nginx", gateway: orIngress)) == [])
        #expect(codes(IngressSettings(className: "traefik")) == ["kreform.yaml:3:5: canary-not-supported"])
        #expect(codes(IngressSettings()) == ["kreform.yaml:3:5: canary-not-supported"])
        #expect(codes(IngressSettings(gateway: orIngress)) == ["kreform.yaml:3:5: canary-not-supported"])
        #expect(codes(IngressSettings(className: "nginx"), domain: nil) == ["kreform.yaml:3:5: canary-without-host"])
    }

    @Test func everyNameThatIsRenderedIsClaimed() {
        let versions = [Samples.roomPrice(.published), Samples.classifier(.started)]
        let state = Samples.state([Samples.runtime(versions)])
        let scope = RuntimeScope(desired: state, runtime: state.runtimes[0], keys: StateKeys(own: Samples.key))
        let claimed = Set(
            RuntimeKind.kre.names(scope).compactMap { claim -> String? in
                guard case .object(let kind) = claim.bearer else { return nil }
                return "\(kind) \(claim.name)"
            })
        for manifest in Rendering.render(state, key: Samples.key).entities.flatMap(\.manifests)
        where manifest.address.namespace != nil {
            #expect(claimed.contains(manifest.address.short), "\(manifest.address)")
        }
    }

    @Test func aStackThatKubernetesWouldRefuseIsTold() {
        let stack = StackSettings(parts: [
            .mongodb: PartSettings(requests: ComputeAmounts(cpu: "2", memory: "4Gi"), limits: ComputeAmounts(cpu: "1")),
            .minio: PartSettings(isEnabled: false),
        ])
        let bounds = IsolationSettings(
            quota: ["limits.cpu": "8", "limits.memory": "32Gi", "pods": "60", "requests.memory": "16Gi"],
            limits: [LimitItem(.container, limit: ["memory": "1Gi"])])
        let place = "kreform.yaml:10:5: error"
        #expect(
            text(Samples.state([Samples.runtime([Samples.small("v1")], stack: stack, isolation: bounds)])) == [
                """
                \(place) quota-without-default [runtime/room-price]
                The quota of runtime `room-price` limits `limits.cpu`, and containers that do not name theirs would be refused
                  `nats` of StatefulSet/kre-nats (`stack.nats.resources`)
                  `mongo-express` of Deployment/kre-mongo-express (`stack.mongoExpress.resources`)
                  `influxdb` of StatefulSet/room-price-influxdb (`stack.influxdb.resources`)
                  `chronograf` of Deployment/chronograf (`stack.chronograf.resources`)
                  `mongo-writer` of Deployment/mongo-writer (`stack.mongoWriter.resources`)
                  `runtime-api` of Deployment/runtime-api (`stack.runtimeApi.resources`)
                  `web` of Deployment/runtime-default-backend (`stack.defaultBackend.resources`)
                  `krt-files` in the pods of versions (`stack.packageFetcher.resources`)
                  and 4 more
                Say what they get: `limits: {container: {default: {cpu: …}}}` in the runtime.
                """,
                """
                \(place) request-above-limit [runtime/room-price]
                `mongodb` of runtime `room-price` requests 2 of cpu and may have 1
                What is not given is as the preset `small` says. Give both `resources.requests.cpu` and `resources.limits.cpu`.
                """,
                """
                \(place) request-above-limit [runtime/room-price]
                `mongodb` of runtime `room-price` requests 4Gi of memory and may have 2Gi
                What is not given is as the preset `small` says. Give both `resources.requests.memory` and `resources.limits.memory`.
                """,
                """
                \(place) store-missing [runtime/room-price]
                Runtime `room-price` has no store for its packages
                `minio` is switched off, and the file names no other store. Add `artifacts` at the top of the file, or leave \
                `minio` on.
                """,
            ])
        #expect(text(Samples.state([Samples.runtime(stack: Samples.settings, isolation: Samples.bounds)])) == [])
    }

    @Test func aNodeThatKubernetesWouldRefuseIsTold() {
        let workloads = VersionWorkloads(
            common: WorkloadSettings(limits: ComputeAmounts(memory: "1Gi")),
            own: ["model": WorkloadSettings(requests: ComputeAmounts(memory: "2Gi"))])
        #expect(
            text(Samples.state([Samples.runtime([Samples.roomPrice(.started, workloads: workloads)])])) == [
                """
                kreform.yaml:20:5: error request-above-limit [version/room-price/room-price-v3]
                Node `model` of workflow `ny-room-price` of version `room-price-v3` requests 2Gi of memory and may have 1Gi
                What is said of one node counts more than `defaults` of the version, the runtime and the file. Give both \
                `resources.requests.memory` and `resources.limits.memory` in the same place.
                """
            ])
    }

    @Test func aQuotaNeedsNoDefaultsWhereEveryContainerNamesItsAmounts() {
        let bounds = IsolationSettings(quota: ["limits.memory": "32Gi", "requests.cpu": "8", "requests.memory": "16Gi"])
        func codes(_ workloads: VersionWorkloads) -> [String] {
            let version = Samples.roomPrice(.started, workloads: workloads)
            return Rendering.limits(Samples.state([Samples.runtime([version], isolation: bounds)])).map(\.code)
        }
        let amounts = WorkloadSettings(requests: ComputeAmounts(cpu: "10m"), limits: ComputeAmounts(memory: "1Gi"))
        #expect(codes(VersionWorkloads(common: amounts)).count == 3)
        let workloads = VersionWorkloads(common: amounts, own: ["entrypoint": amounts])
        #expect(codes(workloads) == [])
        // The API server counts containers that run first as well.
        let runtime = Samples.runtime([Samples.roomPrice(.started, workloads: workloads)], isolation: bounds)
        for manifest in Rendering.render(Samples.state([runtime]), key: Samples.key).entities.flatMap(\.manifests) {
            guard let pod = manifest.content["spec"]?["template"]?["spec"] else { continue }
            for container in (pod["initContainers"]?.array ?? []) + (pod["containers"]?.array ?? []) {
                let (resources, name) = (container["resources"], container["name"]?.string ?? "")
                #expect(resources?["limits"]?["memory"] != nil, "\(manifest.address) \(name)")
                #expect(resources?["requests"]?["cpu"] != nil, "\(manifest.address) \(name)")
            }
        }
    }

    @Test func hostsAreOneForEach() throws {
        let one = try #require(HostTemplate("ai.example.com"))
        let shared = IngressSettings(entrypointHost: one, protoHost: one)
        let place = "kreform.yaml:10:5: error"
        let fixed = IngressSettings(entrypointHost: one)
        #expect(
            text(Samples.state([Samples.runtime(ingress: fixed), Samples.runtime(name: "z", ingress: shared)], domain: nil)) == [
                """
                \(place) host-taken [runtime/z]
                The entrypoint of runtime `z` and its protos have the same host `ai.example.com`
                Give `ingress.entrypointHost` and `ingress.protoHost` names of their own.
                """,
                """
                \(place) missing-domain [runtime/room-price]
                `ingress.protoHost` of runtime `room-price` is `proto.{runtime}.{domain}`, and there is no `domain`
                Write `domain` at the top of the file, or `protoHost` without `{domain}`.
                """,
            ])
        #expect(
            text(Samples.state([Samples.runtime(ingress: fixed), Samples.runtime(name: "z", ingress: fixed)])) == [
                """
                \(place) host-taken [runtime/z]
                Runtimes `room-price` and `z` have the same host `ai.example.com`
                Put `{runtime}` into `ingress.entrypointHost` and `ingress.protoHost`.
                """
            ])
    }

    @Test func aServiceBeginsWithALetter() {
        #expect(
            text(Samples.state([Samples.runtime([Samples.small("1x")])])) == [
                """
                kreform.yaml:40:5: error invalid-service-name [version/room-price/1x]
                The Service `1x` does not begin with a letter
                Kubernetes wants the name of a Service to begin with a letter (RFC 1035). It comes from version `1x`: choose \
                another name there.
                """
            ])
        #expect(
            text(Samples.state([Samples.runtime(name: "2nd")])) == [
                """
                kreform.yaml:10:5: error invalid-service-name [runtime/2nd]
                The Service `2nd-influxdb` does not begin with a letter
                Kubernetes wants the name of a Service to begin with a letter (RFC 1035). It comes from runtime `2nd`: choose \
                another name there.
                """
            ])
    }

    @Test func aStatefulSetFitsItsPodsLabels() {
        let name = "a234567890123456789012345678901234567890123w"
        #expect(
            text(Samples.state([Samples.runtime(name: name)], domain: nil)) == [
                """
                kreform.yaml:10:5: error name-too-long [runtime/\(name)]
                The StatefulSet `\(name)-influxdb` has 53 characters
                Kubernetes allows 52 characters in the name of a StatefulSet, which its pods' labels repeat. It comes from \
                runtime `\(name)`: choose another name there.
                """
            ])
    }

    @Test func aDeploymentFitsAHostName() {
        let version = Samples.small(
            "version-of-twenty-one", workflow: "workflow-of-20-chars", nodes: ["node-of-twenty-1-char"])
        #expect(
            text(Samples.state([Samples.runtime([version])])) == [
                """
                kreform.yaml:40:5: error name-too-long [version/room-price/version-of-twenty-one]
                The Deployment `version-of-twenty-one-workflow-of-20-chars-node-of-twenty-1-char` has 64 characters
                Kubernetes allows 63 characters in the name of a Deployment, which its pods' host names repeat. It comes from \
                version `version-of-twenty-one`, workflow `workflow-of-20-chars` and node `node-of-twenty-1-char`: choose \
                another name there.
                """
            ])
    }

    @Test func aNamespaceFits() {
        let name = "r23456789012345678901234567890123456789012"
        #expect(
            text(
                Samples.state(
                    [Samples.runtime(name: name, namespace: "engine-of-twenty-1234-\(name)")],
                    engine: "engine-of-twenty-1234")) == [
                    """
                    kreform.yaml:10:5: error name-too-long [runtime/\(name)]
                    The namespace `engine-of-twenty-1234-\(name)` has 64 characters
                    Kubernetes allows 63 characters in the name of a namespace. It is made of the engine's name and the \
                    runtime's. Shorten one of them, or set `namespace` in the runtime.
                    """
                ])
    }

    @Test(arguments: ["default", "kube-system"])
    func kubernetesOwnNamespacesAreNotTaken(_ namespace: String) {
        #expect(
            text(Samples.state([Samples.runtime(namespace: namespace)])) == [
                """
                kreform.yaml:10:5: error reserved-namespace [runtime/room-price]
                The namespace `\(namespace)` belongs to Kubernetes
                A runtime's namespace is made and deleted with the runtime. Set another `namespace` in runtime `room-price`.
                """
            ])
    }

    @Test func namespacesAreNamesThatKubernetesAllows() {
        #expect(
            text(Samples.state([Samples.runtime(namespace: "Models_")])) == [
                """
                kreform.yaml:10:5: error invalid-namespace [runtime/room-price]
                The namespace `Models_` is not a name that Kubernetes allows
                Lower-case letters, digits and dashes are allowed; a dash neither first nor last. Set another `namespace` in \
                runtime `room-price`.
                """
            ])
    }

    @Test func runtimesDoNotShareANamespace() {
        let runtimes = [
            Samples.runtime(name: "b", namespace: "models", line: 12),
            Samples.runtime(name: "a", namespace: "models", line: 11),
        ]
        #expect(
            text(Samples.state(runtimes)) == [
                """
                kreform.yaml:12:5: error namespace-taken [runtime/b]
                Runtimes `a` and `b` have the same namespace `models`
                A runtime has a namespace of its own. Set another `namespace` in one of them.
                """
            ])
    }

    @Test func partsOfTwoVersionsMayMeetInOneName() {
        let versions = [
            Samples.small("a", workflow: "b-c", nodes: ["d"], line: 41),
            Samples.small("a-b", workflow: "c", nodes: ["d"], line: 42),
        ]
        #expect(
            text(Samples.state([Samples.runtime(versions)])) == [
                """
                kreform.yaml:42:5: error name-collision [version/room-price/a-b]
                Two parts of runtime `room-price` would have the Deployment `a-b-c-d`
                One name comes from version `a`, workflow `b-c` and node `d`, the other from version `a-b`, workflow `c` and \
                node `d`. Rename one of them.
                """
            ])
    }

    @Test(arguments: ["chronograf", "active-entrypoint", "kre-nats"])
    func aVersionIsNotNamedLikeAServiceOfItsRuntime(_ name: String) {
        #expect(
            text(Samples.state([Samples.runtime([Samples.small(name)])])) == [
                """
                kreform.yaml:40:5: error name-collision [version/room-price/\(name)]
                Two parts of runtime `room-price` would have the Service `\(name)`
                One name comes from the stack of runtime `room-price`, the other from version `\(name)`. Rename one of them.
                """
            ])
    }

    @Test func aNodeIsNotNamedLikeTheEntrypoint() {
        let version = Samples.small("v1", nodes: ["entrypoint"])
        #expect(
            text(Samples.state([Samples.runtime([version])])) == [
                """
                kreform.yaml:40:5: error reserved-name [version/room-price/v1]
                Workflow `run` of version `v1` has a node called `entrypoint`
                That name means the version's gRPC server. Rename the node in krt.yml.
                """
            ])
    }

    @Test func aValueIsNotNamedLikeAVariableOfTheRunner() {
        let sample = Samples.small("v1")
        let config = [
            ConfigEntry(name: "KRT_NODE", value: .plain("")),
            ConfigEntry(name: "KRT_NODE_NAME", value: .secret(name: "s", key: "k")),
        ]
        let version = DesiredVersion(
            name: "v1", status: .started, package: sample.solution, config: config, span: sample.span)
        #expect(
            text(Samples.state([Samples.runtime([version])])) == [
                """
                kreform.yaml:40:5: error reserved-name [version/room-price/v1]
                Version `v1` has a config value called `KRT_NODE_NAME`
                Runners read that variable for themselves. Rename it in krt.yml and in the nodes' sources.
                """
            ])
    }

    @Test func aHostFitsDNS() {
        let long = String(repeating: "x", count: 64)
        let tail = "It comes from runtime `room-price` and domain"
        #expect(
            text(Samples.state([Samples.runtime()], domain: "\(long).example.com"))
                == ["entrypoint", "proto"].map {
                    """
                    kreform.yaml:10:5: error name-too-long [runtime/room-price]
                    The host `\($0).room-price.\(long).example.com` has a part of 64 characters, `\(long)`
                    DNS allows 63 characters between two dots. \(tail) `\(long).example.com`: choose another name there.
                    """
                })
        let deep = Array(repeating: "abcdefghi", count: 22).joined(separator: ".")
        #expect(text(Samples.state([Samples.runtime()], domain: deep + ".example.com")) == [])
        let deeper = deep + ".example4567.com"
        #expect(
            text(Samples.state([Samples.runtime()], domain: deeper)) == [
                """
                kreform.yaml:10:5: error name-too-long [runtime/room-price]
                The host `entrypoint.room-price.\(deeper)` has \(22 + deeper.utf8.count) characters
                DNS allows 253 characters in a host name. \(tail) `\(deeper)`: choose another name there.
                """
            ])
    }

    @Test func objectStoresOfTwoScopesDoNotMeet() {
        func node(_ name: String, _ store: ObjectStore) -> Node {
            Node(name: name, image: "i", src: "bin/x", subscriptions: [.entrypoint], objectStore: store)
        }
        let manifest = PackageManifest(
            format: .v2, version: "v1", description: "",
            entrypoint: Entrypoint(proto: "public_input.proto", image: "i"),
            workflows: [
                Workflow(
                    name: "mail", method: "Run",
                    nodes: [
                        node("a", ObjectStore(name: "store")), node("b", ObjectStore(name: "store")),
                        node("c", ObjectStore(name: "mail_store", scope: .project)),
                    ], exitpoint: "c")
            ])
        let version = Samples.version(manifest, .started, config: [], line: 50)
        #expect(
            text(Samples.state([Samples.runtime([version])])) == [
                """
                kreform.yaml:50:5: error name-collision [version/room-price/v1]
                Two parts of runtime `room-price` would have the JetStream object store `room-price_v1_mail_store`
                One name comes from version `v1`, workflow `mail` and object store `store`, the other from version `v1` and \
                object store `mail_store`. Rename one of them.
                """
            ])
    }

    @Test func aValueFitsAnEnvironmentVariable() {
        let sample = Samples.small("v1")
        func config(_ values: [ConfigValue]) -> DesiredState {
            let entries = values.enumerated().map { ConfigEntry(name: "FILE_\($0)", value: $1) }
            let version = DesiredVersion(
                name: "v1", status: .stopped, package: sample.solution, config: entries, span: sample.span)
            return Samples.state([Samples.runtime([version])])
        }
        let largest = String(repeating: "x", count: 131_072 - 8)
        #expect(text(config([.plain(largest), .sensitive(SensitiveValue(largest))])) == [])
        let tooLarge = """
            kreform.yaml:40:5: error config-too-large [version/room-price/v1]
            The value of `FILE_0` has 131065 bytes, more than an environment variable can hold
            Nodes get each value as an environment variable of at most 131072 bytes, name included. Put a file of this size \
            into the package, or let the node fetch it.
            """
        #expect(text(config([.plain(largest + "x")])) == [tooLarge])
        #expect(text(config([.sensitive(SensitiveValue(largest + "x"))])) == [tooLarge])
        #expect(
            text(config(Array(repeating: .plain(largest), count: 9))) == [
                """
                kreform.yaml:40:5: error config-too-large [version/room-price/v1]
                The plain values of version `v1` have 1179630 bytes together; a ConfigMap holds 1048576
                Put large files into the package.
                """
            ])
    }
}
