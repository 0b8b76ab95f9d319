import Digest
import FoundationEssentials
import JSON
import Model
import Rendering
import Testing

@Suite struct InvariantTests {
    private static let versions = [
        Samples.roomPrice(.published), Samples.classifier(.started), Samples.small("v1"), Samples.small("v2"),
    ]
    private static let state = Samples.state([
        Samples.runtime(versions, name: "mail", ingress: IngressSettings(gateway: GatewaySettings(name: "public", orIngress: true))),
        Samples.runtime(versions, name: "room-price"),
    ])

    @Test func theOrderOfTheInputDoesNotMatter() {
        let expected = Rendering.render(Self.state, key: Samples.key)
        var generator = Counting()
        for _ in 0..<10 {
            let runtimes = Self.state.runtimes.shuffled(using: &generator).map { runtime in
                DesiredRuntime(
                    name: runtime.name, description: runtime.description, namespace: runtime.namespace, ingress: runtime.ingress,
                    versions: runtime.versions.shuffled(using: &generator).map { version in
                        DesiredVersion(
                            name: version.name, status: version.status, package: version.solution,
                            config: version.config.shuffled(using: &generator), span: version.span)
                    }, span: runtime.span)
            }
            #expect(Rendering.render(Samples.state(runtimes), key: Samples.key) == expected)
        }
    }

    @Test func noSensitiveByteIsInAnyContent() {
        let manifests = Rendering.render(Self.state, key: Samples.key).entities.flatMap(\.manifests)
        let holders = manifests.filter { $0.secrets.values.contains { $0.reveal() == Array(Samples.canary.utf8) } }
        #expect(
            holders.map(\.address.description)
                == ["mail", "room-price"].map { runtime in
                    let keys = StateKeys(own: Samples.key)
                    let name = nameOf("Secret", version(Samples.roomPrice(.published).config, keys, runtime: runtime)) ?? ""
                    return "Secret/clientx-\(runtime)/\(name)"
                })
        // As it is, and as base64.
        for manifest in manifests {
            let text = manifest.content.encoded()
            #expect(!text.contains(Samples.canary) && !text.contains("YzRuNHJ5"), "\(manifest.address)")
        }
        #expect(holders.allSatisfy { $0.content["data"]?["API_SECRET"]?.string?.hasPrefix("hmac-sha256:") == true })
    }

    /// The objects of room-price-v3 with these config values.
    private func version(
        _ config: [ConfigEntry], _ keys: StateKeys = StateKeys(own: Samples.key), runtime: String = "room-price"
    ) -> [Manifest] {
        let sample = Samples.roomPrice(.started)
        let version = DesiredVersion(
            name: sample.name, status: .started, package: sample.solution, config: config, span: sample.span)
        let state = Samples.state([Samples.runtime([version], name: runtime)])
        return Rendering.render(state, keys: keys).entities.last?.manifests ?? []
    }

    private func secret(_ value: String) -> [ConfigEntry] {
        [
            ConfigEntry(name: "OUTPUT_PRICE_CURRENCY", value: .plain("EUR")),
            ConfigEntry(name: "API_SECRET", value: .sensitive(SensitiveValue(value))),
        ]
    }

    private func nameOf(_ kind: String, _ manifests: [Manifest]) -> String? {
        manifests.first { $0.address.kind == kind && $0.baseName == "room-price-v3-krt-conf" }?.address.name
    }

    @Test func aChangedValueMakesAnotherObjectAndRollsTheNodes() {
        let nodes = [
            "room-price-v3-ny-room-price-etl", "room-price-v3-ny-room-price-model", "room-price-v3-ny-room-price-output",
            "room-price-v3-save-metric-save-metric",
        ]
        func changed(_ one: [ConfigEntry], _ two: [ConfigEntry]) -> [String] {
            let (one, two) = (version(one), version(two))
            let templates = Dictionary(uniqueKeysWithValues: one.map { ($0.address, $0.content["spec"]?["template"]) })
            return two.filter { templates[$0.address] != .some($0.content["spec"]?["template"]) }.map { manifest in
                manifest.baseName.map { "\(manifest.address.kind) \($0)-HASH" } ?? manifest.address.name
            }.sorted()
        }
        let plain = [ConfigEntry(name: "OUTPUT_PRICE_CURRENCY", value: .plain("EUR"))]
        let other = [ConfigEntry(name: "OUTPUT_PRICE_CURRENCY", value: .plain("CHF"))]
        #expect(changed(secret("one"), secret("one")) == [])
        #expect(changed(secret("one"), secret("two")) == ["Secret room-price-v3-krt-conf-HASH"] + nodes)
        #expect(changed(plain, other) == ["ConfigMap room-price-v3-krt-conf-HASH"] + nodes)
        // Entrypoints read the files alone.
        #expect(changed(plain, secret("one")) == ["Secret room-price-v3-krt-conf-HASH"] + nodes)
        #expect(nameOf("ConfigMap", version(plain)) == "room-price-v3-krt-conf-0917b470f6")
    }

    /// Nobody changes what a name vouches for; and pods read what it names, by that name.
    @Test func whatIsNamedAfterItsContentIsImmutable() {
        let manifests = version(secret("one"))
        let named = manifests.filter { $0.baseName != nil }
        #expect(named.map(\.address.kind).sorted() == ["ConfigMap", "ConfigMap", "Secret"])
        for manifest in named {
            #expect(manifest.content["immutable"] == true)
            let readers = manifests.filter { $0.address.kind == "Deployment" && $0.dependsOn.contains(manifest.address) }
            #expect(readers.count >= 4)
            #expect(readers.allSatisfy { $0.content.encoded().contains("\"\(manifest.address.name)\"") })
        }
    }

    /// What others may read must not let them try values: a Secret's name is under a key that stands in a Secret, one a runtime.
    @Test func namesOfSecretsAreUnderTheRuntimesOwnKey() throws {
        func secretName(_ keys: StateKeys, _ runtime: String = "room-price", _ value: String = "one") throws -> String {
            try #require(nameOf("Secret", version(secret(value), keys, runtime: runtime)))
        }
        let key = Samples.key, other = Samples.key.derived(for: "other")
        let one = try secretName(StateKeys(own: key))
        #expect(one.count == "room-price-v3-krt-conf-".count + 10)
        #expect(try secretName(StateKeys(own: other)) != one)
        #expect(try secretName(StateKeys(own: key), "mail") != one)
        #expect(try secretName(StateKeys(own: key), "room-price", "two") != one)
        // The state's own key has no part in it when the runtime's is known.
        let known = ["room-price": key.derived(for: "runtime/room-price")]
        #expect(try secretName(StateKeys(own: other, runtimes: known)) == one)
        // Nor do names of other objects, or templates, tell more of the value than that name does.
        func rest(_ value: String) throws -> [String] {
            let manifests = version(secret(value))
            let name = try #require(nameOf("Secret", manifests))
            return manifests.filter { $0.address.kind != "Secret" }.map { $0.content.encoded().replacing(name, with: "NAME") }
        }
        #expect(try rest("one") == rest("two"))
    }

    @Test func theKeyOfARuntimeStandsInASecretAndNowhereElse() throws {
        let manifests = Rendering.render(Self.state, key: Samples.key).entities.flatMap(\.manifests)
        for runtime in ["mail", "room-price"] {
            let key = StateKeys(own: Samples.key).key(ofRuntime: runtime)
            let holders = manifests.filter { $0.secrets.values.contains { $0.reveal() == key.bytes } }
            #expect(holders.map(\.address.description) == ["Secret/clientx-\(runtime)/kreform-digest-key"])
            let hex = key.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            for manifest in manifests {
                let text = manifest.content.encoded()
                #expect(!text.contains(hex) && !text.contains(Data(key.bytes).base64EncodedString()), "\(manifest.address)")
            }
        }
        #expect(!manifests.contains { $0.secrets.values.contains { $0.reveal() == Samples.key.bytes } })
    }

    @Test func everyTypeThatIsRenderedIsNamed() {
        let rendered = Set(Rendering.render(Self.state, key: Samples.key).entities.flatMap(\.manifests).map(\.type))
        #expect(rendered.subtracting(RuntimeKinds.types) == [])
    }

    @Test func everyObjectBearsItsLabels() {
        for entity in Rendering.render(Self.state, key: Samples.key).entities {
            for manifest in entity.manifests {
                let labels = manifest.content["metadata"]?["labels"]
                #expect(labels?[ObjectLabels.managedBy]?.string == "kreform", "\(manifest.address)")
                #expect(labels?[ObjectLabels.partOf]?.string == "clientx", "\(manifest.address)")
                #expect(labels?[ObjectLabels.engine]?.string == "clientx", "\(manifest.address)")
                #expect(labels?[ObjectLabels.runtime]?.string == entity.address.runtime, "\(manifest.address)")
                #expect(labels?[ObjectLabels.component]?.string != nil, "\(manifest.address)")
                if case .version(_, let name) = entity.address {
                    #expect(labels?[ObjectLabels.version]?.string == name, "\(manifest.address)")
                }
                let isPublication = entity.address == .publication(runtime: entity.address.runtime)
                let component = labels?[ObjectLabels.component]?.string
                #expect((component == ObjectLabels.publicationComponent) == isPublication, "\(manifest.address)")
            }
        }
    }

    @Test func selectorsMatchTheirPods() {
        for manifest in Rendering.render(Self.state, key: Samples.key).entities.flatMap(\.manifests) {
            guard let selector = manifest.content["spec"]?["selector"]?["matchLabels"]?.object else { continue }
            let labels = manifest.content["spec"]?["template"]?["metadata"]?["labels"]
            #expect(!selector.isEmpty && selector.allSatisfy { labels?[$0.key] == $0.value }, "\(manifest.address)")
        }
    }

    @Test func servicesSelectPodsOfExactlyOneWorkload() {
        let manifests = Rendering.render(Self.state, key: Samples.key).entities.flatMap(\.manifests)
        let pods = manifests.compactMap { manifest in
            manifest.content["spec"]?["template"]?["metadata"]?["labels"]?.object.map { (manifest.address, $0) }
        }
        for service in manifests where service.address.kind == "Service" {
            let selector = service.content["spec"]?["selector"]?.object ?? [:]
            let chosen = pods.filter { address, labels in
                address.namespace == service.address.namespace && selector.allSatisfy { labels[$0.key] == $0.value }
            }
            #expect(chosen.count == 1, "\(service.address)")
        }
    }

    @Test func dependenciesExistAndHaveNoCycle() throws {
        let manifests = Rendering.render(Self.state, key: Samples.key).entities.flatMap(\.manifests)
        #expect(Set(manifests.map(\.address)).count == manifests.count)
        let index = Dictionary(uniqueKeysWithValues: manifests.enumerated().map { ($1.address, $0) })
        var graph = DependencyGraph(count: manifests.count)
        for (number, manifest) in manifests.enumerated() {
            #expect(manifest.dependsOn.allSatisfy { index[$0] != nil }, "\(manifest.address)")
            graph.addPredecessors(manifest.dependsOn.compactMap { index[$0] }, to: number)
        }
        _ = try graph.topologicalOrder()
    }

    @Test func everythingAContainerReadsIsSentBeforeIt() {
        for manifest in Rendering.render(Self.state, key: Samples.key).entities.flatMap(\.manifests) {
            guard let spec = manifest.content["spec"]?["template"]?["spec"] else { continue }
            var needed: [ResourceAddress] = []
            func need(_ kind: String, _ name: String?) {
                guard let name, name != "tokens", !name.hasPrefix("kre-m") else { return }
                needed.append(ResourceAddress(group: "", kind: kind, namespace: manifest.address.namespace, name: name))
            }
            for volume in spec["volumes"]?.array ?? [] { need("ConfigMap", volume["configMap"]?["name"]?.string) }
            for container in spec["containers"]?.array ?? [] {
                for source in container["envFrom"]?.array ?? [] {
                    need("ConfigMap", source["configMapRef"]?["name"]?.string)
                    need("Secret", source["secretRef"]?["name"]?.string)
                }
            }
            #expect(Set(needed).isSubset(of: manifest.dependsOn), "\(manifest.address)")
        }
    }

    @Test func theAddressOfTheDatabaseHasItsPassword() throws {
        let manifests = Rendering.render(Self.state, key: Samples.key).entities.flatMap(\.manifests)
        let secret = try #require(manifests.first { $0.address.description == "Secret/clientx-mail/kre-mongo" })
        var generator = Counting()
        let data = try #require(secret.resolved(live: nil, using: &generator)["data"])
        #expect(data["KRE_RUNTIME_MONGO_URI"]?.string?.isEmpty == false)
        let sent = try SecretText.decode(data)
        let password = try #require(sent["MONGO_INITDB_ROOT_PASSWORD"])
        #expect(password.utf8.count == 32)
        #expect(
            sent["KRE_RUNTIME_MONGO_URI"] == "mongodb://kre:\(password)@kre-mongo-0:27017/admin?replicaSet=rs0")
    }
}
