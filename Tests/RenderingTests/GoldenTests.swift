import JSON
import Model
import Rendering
import Testing

@Suite struct GoldenTests {
    private func rendered(_ state: DesiredState, _ address: EntityAddress) -> RenderedEntity? {
        Rendering.render(state, key: Samples.key).entities.first { $0.address == address }
    }

    @Test func aRuntimeHasItsNamespaceAndStack() throws {
        let state = Samples.state([Samples.runtime(protected: true)])
        try Golden.expect(rendered(state, .runtime("room-price")), "runtime-small")
    }

    @Test func presetsSizeTheStack() throws {
        var sizes: JSONObject = [:]
        for preset in StackSettings.Preset.allCases {
            let state = Samples.state([Samples.runtime(stack: StackSettings(preset: preset, storageClass: "fast"))])
            for manifest in try #require(rendered(state, .runtime("room-price"))).manifests {
                let spec = manifest.content["spec"]
                let container = spec?["template"]?["spec"]?["containers"]?[0]
                let claim = spec?["volumeClaimTemplates"]?[0]?["spec"] ?? (spec?["accessModes"] == nil ? nil : spec)
                guard container?["resources"] != nil || claim != nil else { continue }
                sizes["\(preset.rawValue) \(manifest.address.short)"] = [
                    "resources": container?["resources"] ?? .null, "claim": claim ?? .null,
                ]
            }
        }
        try Golden.expect(.object(sizes), "presets")
    }

    @Test func everyPartHasSettingsOfItsOwn() throws {
        let state = Samples.state([Samples.runtime([Samples.small("v1")], stack: Samples.settings, isolation: Samples.bounds)])
        try Golden.expect(rendered(state, .runtime("room-price")), "runtime-settings")
        try Golden.expect(rendered(state, .version(runtime: "room-price", name: "v1")), "version-settings")
    }

    @Test func whatIsExternalIsUsedAndNotMade() throws {
        let store = ArtifactStore(endpoint: "https://s3.example.com", bucket: "models")
        let state = Samples.state(
            [Samples.runtime([Samples.small("v1"), Samples.classifier(.started)], stack: Samples.external)], artifacts: store)
        let runtime = try #require(rendered(state, .runtime("room-price")))
        try Golden.expect(runtime, "runtime-external")
        try Golden.expect(rendered(state, .version(runtime: "room-price", name: "v1")), "version-external")
        #expect(!runtime.manifests.contains { $0.address.kind == "StatefulSet" })
    }

    @Test(arguments: [VersionStatus.stopped, .started, .published])
    func aVersionOfKRT1(_ status: VersionStatus) throws {
        let state = Samples.state([Samples.runtime([Samples.roomPrice(status)])])
        let name = EntityAddress.version(runtime: "room-price", name: "room-price-v3")
        try Golden.expect(rendered(state, name), "version-v1-\(status.rawValue)")
    }

    @Test(arguments: [VersionStatus.stopped, .started, .published])
    func aVersionOfKRT2(_ status: VersionStatus) throws {
        let store = ArtifactStore(
            endpoint: "https://s3.example.com", bucket: "models", region: "eu-west-1", access: .secret("krt-store"))
        let state = Samples.state([Samples.runtime([Samples.classifier(status)])], artifacts: store)
        let name = EntityAddress.version(runtime: "room-price", name: "classifier-v1")
        try Golden.expect(rendered(state, name), "version-v2-\(status.rawValue)")
    }

    @Test func aVersionHasSettingsOfItsPods() throws {
        let version = Samples.roomPrice(.started, workloads: Samples.workloads)
        let state = Samples.state([Samples.runtime([version], stack: StackSettings(imagePullSecrets: ["mirror"]))])
        try Golden.expect(rendered(state, .version(runtime: "room-price", name: "room-price-v3")), "version-workloads")
    }

    @Test func graphicsProcessorsAreWhatThePackageSaysUnlessTheNodeSaysOtherwise() throws {
        func count(_ workloads: VersionWorkloads, of node: String) throws -> String? {
            let state = Samples.state([Samples.runtime([Samples.roomPrice(.started, workloads: workloads)])])
            let entity = try #require(rendered(state, .version(runtime: "room-price", name: "room-price-v3")))
            let manifest = try #require(entity.manifests.first { $0.address.name.hasSuffix("-ny-room-price-\(node)") })
            return manifest.content["spec"]?["template"]?["spec"]?["containers"]?[0]?["resources"]?["limits"]?["nvidia.com/gpu"]?.string
        }
        let two = WorkloadSettings(gpu: GPUSettings(count: 2))
        let none = WorkloadSettings(gpu: GPUSettings(count: 0))
        #expect(try count(VersionWorkloads(), of: "model") == "1")
        #expect(try count(VersionWorkloads(), of: "etl") == nil)
        #expect(try count(VersionWorkloads(common: two), of: "model") == "2")
        #expect(try count(VersionWorkloads(common: two), of: "etl") == nil)
        #expect(try count(VersionWorkloads(common: none), of: "model") == nil)
        #expect(try count(VersionWorkloads(common: none, own: ["etl": two]), of: "etl") == "2")
        #expect(try count(VersionWorkloads(own: ["model": none]), of: "model") == nil)
    }

    @Test func hostsFollowTheirTemplates() throws {
        let entrypoint = try #require(HostTemplate("{runtime}-{engine}.example.com"))
        let proto = try #require(HostTemplate("protos.{runtime}.{domain}"))
        let ingress = IngressSettings(tlsSecret: "wildcard", entrypointHost: entrypoint, protoHost: proto)
        let state = Samples.state([Samples.runtime([Samples.roomPrice(.published)], ingress: ingress)])
        let manifests = try #require(rendered(state, .publication(runtime: "room-price"))).manifests
        let ingresses = manifests.filter { $0.address.kind == "Ingress" }.map { $0.content["spec"] }
        #expect(
            ingresses.map { $0?["rules"]?[0]?["host"] } == ["room-price-clientx.example.com", "protos.room-price.ai.example.com"])
        #expect(
            ingresses.first??["tls"]?[0]?["hosts"] == ["room-price-clientx.example.com", "protos.room-price.ai.example.com"])
        for text in ["", "{domain", "runtime}", "{name}.example.com"] { #expect(HostTemplate(text) == nil) }
        #expect("\(entrypoint) \(HostTemplate.proto)" == "{runtime}-{engine}.example.com proto.{runtime}.{domain}")
    }

    @Test func aPublicationWithoutDomainIsItsService() throws {
        let state = Samples.state([Samples.runtime([Samples.roomPrice(.published)])], domain: nil)
        try Golden.expect(rendered(state, .publication(runtime: "room-price")), "publication-inside")
    }

    @Test func aPublicationWithADomainHasIngresses() throws {
        let ingress = IngressSettings(
            className: "nginx", clusterIssuer: "letsencrypt",
            annotations: ["nginx.ingress.kubernetes.io/proxy-body-size": "16m"])
        let state = Samples.state([Samples.runtime([Samples.roomPrice(.published)], ingress: ingress)])
        try Golden.expect(rendered(state, .publication(runtime: "room-price")), "publication-domain")
    }

    @Test func annotationsForNginxAreForNginx() throws {
        let ingress = IngressSettings(className: "traefik", tlsSecret: "wildcard")
        let state = Samples.state([Samples.runtime([Samples.roomPrice(.published)], ingress: ingress)])
        try Golden.expect(rendered(state, .publication(runtime: "room-price")), "publication-traefik")
    }

    @Test func controllersAreToldOfGRPCWhereTheyLook() throws {
        let ingress = IngressSettings(
            className: "traefik", annotations: ["example.com/team": "prices"], entrypointAnnotations: ["example.com/protocol": "grpc"],
            serviceAnnotations: ["traefik.ingress.kubernetes.io/service.serversscheme": "h2c"])
        func objects(_ rollout: Rollout) -> [String: JSONValue] {
            let state = Samples.state([Samples.runtime([Samples.roomPrice(.published)], ingress: ingress, rollout: rollout)])
            let manifests = Rendering.render(state, key: Samples.key).entities.flatMap(\.manifests)
            return Dictionary(manifests.map { ($0.address.short, $0.content) }, uniquingKeysWith: { first, _ in first })
        }
        let found = objects(.atOnce)
        func annotations(_ name: String) -> String? { found[name]?["metadata"]?["annotations"]?.encoded() }
        #expect(annotations("Ingress entrypoint") == #"{"example.com/protocol":"grpc","example.com/team":"prices"}"#)
        #expect(annotations("Ingress proto") == #"{"example.com/team":"prices"}"#)
        let service = #"{"traefik.ingress.kubernetes.io/service.serversscheme":"h2c"}"#
        #expect(annotations("Service active-entrypoint") == service)
        #expect(found["Service active-entrypoint"]?["spec"]?["ports"]?[0]?["appProtocol"] == "kubernetes.io/h2c")
        #expect(found["Service active-entrypoint"]?["spec"]?["ports"]?[1]?["appProtocol"] == nil)
        // The version's own Service is reached from inside alone, unless it may have a share of the calls.
        #expect(annotations("Service room-price-v3") == nil)
        let shared = objects(.canary(CanarySettings(stages: Samples.stages, span: Samples.span(3))))["Service room-price-v3"]
        #expect(shared?["metadata"]?["annotations"]?.encoded() == service)
    }

    @Test(arguments: [
        ("publication-gateway", GatewaySettings(name: "public", namespace: "infra", sectionName: "https")),
        ("publication-gateway-http", GatewaySettings(name: "public", route: .http)),
        ("publication-gateway-ingress", GatewaySettings(name: "public", route: .grpc, orIngress: true)),
    ])
    func aPublicationBehindAGatewayHasRoutes(_ golden: String, _ gateway: GatewaySettings) throws {
        let ingress = IngressSettings(annotations: ["example.com/team": "prices"], gateway: gateway)
        let state = Samples.state([Samples.runtime([Samples.roomPrice(.published)], ingress: ingress)])
        let entity = try #require(rendered(state, .publication(runtime: "room-price")))
        try Golden.expect(entity, golden)
        // Each is in one of the sets that there are to choose from, and nothing else is.
        let choice = try #require(entity.choice)
        let fronts = entity.manifests.filter { $0.address.kind != "Service" }.map(\.address)
        #expect(Set(choice.options.flatMap(\.objects)) == Set(fronts))
        #expect(choice.options.allSatisfy { $0.objects.count == 2 })
        #expect(choice.options.first?.stays == (gateway.route == .http))
    }

    @Test func aGatewayLeadsNowhereWithoutHosts() throws {
        let ingress = IngressSettings(gateway: GatewaySettings(name: "public"))
        let state = Samples.state([Samples.runtime([Samples.roomPrice(.published)], ingress: ingress)], domain: nil)
        let entity = try #require(rendered(state, .publication(runtime: "room-price")))
        #expect(entity.manifests.map(\.address.kind) == ["Service"] && entity.choice == nil)
    }

    @Test func aRolloutSaysForHowLongTheOldVersionStays() {
        func drain(_ rollout: Rollout) -> Int? {
            let runtime = Samples.runtime([Samples.roomPrice(.published)], rollout: rollout)
            return rendered(Samples.state([runtime]), .publication(runtime: "room-price"))?.drain
        }
        let canary = [nil, 30].map { Rollout.canary(CanarySettings(stages: Samples.stages, drainSeconds: $0)) }
        #expect(drain(.atOnce) == nil && drain(.drain(seconds: 60)) == 60 && drain(canary[0]) == nil && drain(canary[1]) == 30)
    }

    @Test(arguments: [
        ("canary-ingress", IngressSettings(className: "nginx", tlsSecret: "cert", annotations: ["example.com/team": "prices"])),
        ("canary-gateway", IngressSettings(gateway: GatewaySettings(name: "public", orIngress: true))),
    ])
    func aCanaryHasRoutesForEachShare(_ golden: String, _ ingress: IngressSettings) throws {
        let rollout = Rollout.canary(CanarySettings(stages: Samples.stages))
        let state = Samples.state([Samples.runtime([Samples.roomPrice(.published)], ingress: ingress, rollout: rollout)])
        let entity = try #require(rendered(state, .publication(runtime: "room-price")))
        let canary = try #require(entity.canary)
        #expect(canary.stages.map(\.weight) == [10, 50] && canary.stages.map(\.seconds) == [60, 300])
        #expect(canary.pivot.short == "Service active-entrypoint")
        let wanted = Set(entity.manifests.map(\.address))
        #expect(wanted.contains(canary.pivot) && canary.fronts.isSubset(of: wanted))
        // What they give is read off them again.
        for stage in canary.stages {
            for route in stage.routes {
                let share = RuntimeKinds.share(by: LiveObject(content: route.manifest.content, managers: []))
                #expect(share == CallShare(version: entity.record.published ?? "", weight: stage.weight), "\(route.address)")
            }
        }
        #expect(entity.manifests.allSatisfy { RuntimeKinds.share(by: LiveObject(content: $0.content, managers: [])) == nil })
        try Golden.expect(.array(try #require(canary.stages.first).routes.map(\.manifest.content)), golden)
        // Only the shares differ.
        for (one, other) in zip(canary.stages[0].routes, canary.stages[1].routes) {
            #expect(one.address == other.address && one.front == other.front && one.manifest.text != other.manifest.text)
        }
        // What the cluster does not serve shares nothing.
        let left = entity.with(entity.manifests.filter { $0.address.kind != "HTTPRoute" && $0.address.kind != "GRPCRoute" }, upload: nil)
        #expect(left.canary?.routes.map(\.short) == ["Ingress entrypoint-canary"])
        // A route leads to the version's own Service, which speaks as the active entrypoint does.
        let version = try #require(rendered(state, .version(runtime: "room-price", name: "room-price-v3")))
        let service = version.manifests.first { $0.address.short == "Service room-price-v3" }
        #expect(service?.content["spec"]?["ports"]?[0]?["appProtocol"]?.string == (ingress.gateway == nil ? nil : "kubernetes.io/h2c"))
    }

    @Test func publishingChangesNoObjectOfTheVersion() {
        func manifests(_ status: VersionStatus) -> [Manifest]? {
            let state = Samples.state([Samples.runtime([Samples.roomPrice(status)])])
            return rendered(state, .version(runtime: "room-price", name: "room-price-v3"))?.manifests
        }
        #expect(manifests(.started) == manifests(.published))
        #expect(manifests(.started)?.isEmpty == false)
        #expect(manifests(.stopped) == [])
    }

    @Test func switchingThePublishedVersionMovesTheServiceAlone() throws {
        func publication(_ version: DesiredVersion) throws -> [Manifest] {
            let state = Samples.state([Samples.runtime([version])])
            return try #require(rendered(state, .publication(runtime: "room-price"))).manifests
        }
        let before = try publication(Samples.roomPrice(.published, name: "room-price-v2"))
        let after = try publication(Samples.roomPrice(.published, name: "room-price-v3"))
        #expect(before.map(\.address) == after.map(\.address))
        let changed = zip(before, after).filter { $0.content != $1.content }.map { "\($0.0.address)" }
        #expect(changed == ["Service/clientx-room-price/active-entrypoint"])
        #expect(
            after.first?.content["spec"]?["selector"]?.encoded()
                == #"{"type":"entrypoint","version-name":"room-price-v3-entrypoint"}"#)
    }

    @Test func oneEntityEach() {
        let state = Samples.state([
            Samples.runtime([Samples.classifier(.stopped), Samples.roomPrice(.published)]),
            Samples.runtime(name: "mail"),
        ])
        let entities = Rendering.render(state, key: Samples.key).entities.map {
            "\($0.address) line \($0.span?.start.line ?? 0)"
        }
        #expect(
            entities == [
                "runtime/mail line 10", "runtime/room-price line 10", "version/room-price/classifier-v1 line 30",
                "version/room-price/room-price-v3 line 20", "publication/room-price line 20",
            ])
    }
}
