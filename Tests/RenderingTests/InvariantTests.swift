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
        Samples.runtime(versions, name: "mail"), Samples.runtime(versions, name: "room-price"),
    ])

    @Test func theOrderOfTheInputDoesNotMatter() {
        let expected = Rendering.render(Self.state, key: Samples.key)
        var generator = Counting()
        for _ in 0..<10 {
            let runtimes = Self.state.runtimes.shuffled(using: &generator).map { runtime in
                DesiredRuntime(
                    name: runtime.name, description: runtime.description, namespace: runtime.namespace,
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
                == ["mail", "room-price"].map { "Secret/clientx-\($0)/room-price-v3-krt-conf" })
        // As it is, and as base64.
        for manifest in manifests {
            let text = manifest.content.encoded()
            #expect(!text.contains(Samples.canary) && !text.contains("YzRuNHJ5"), "\(manifest.address)")
        }
        #expect(holders.allSatisfy { $0.content["data"]?["API_SECRET"]?.string?.hasPrefix("hmac-sha256:") == true })
    }

    @Test func aChangedValueRollsTheNodesAndNothingElse() {
        func digests(_ value: ConfigValue, key: DigestKey = Samples.key) -> [String: String] {
            let sample = Samples.roomPrice(.started)
            let config =
                sample.config.filter { $0.name != "API_SECRET" } + [ConfigEntry(name: "API_SECRET", value: value)]
            let version = DesiredVersion(
                name: sample.name, status: .started, package: sample.solution, config: config, span: sample.span)
            let entities = Rendering.render(Samples.state([Samples.runtime([version])]), key: key).entities
            var digests: [String: String] = [:]
            for manifest in entities.last?.manifests ?? [] where manifest.address.kind == "Deployment" {
                let pointer = JSONPointer(tokens: [
                    "spec", "template", "metadata", "annotations", ObjectAnnotations.configDigest,
                ])
                digests[manifest.address.name] = manifest.content[pointer]?.string
            }
            return digests
        }
        let first = digests(.sensitive(SensitiveValue("one")))
        let second = digests(.sensitive(SensitiveValue("two")))
        #expect(first == digests(.sensitive(SensitiveValue("one"))))
        #expect(first.count == 5)
        let changed = first.keys.filter { first[$0] != second[$0] }.sorted()
        #expect(
            changed == [
                "room-price-v3-ny-room-price-etl", "room-price-v3-ny-room-price-model",
                "room-price-v3-ny-room-price-output",
                "room-price-v3-save-metric-save-metric",
            ])
    }

    /// What others may read must not let them try values: their digests are under keys that stand in Secrets, one a runtime.
    @Test func digestsAreUnderTheRuntimesOwnKey() throws {
        func digest(_ keys: StateKeys, _ runtime: String = "room-price") throws -> String {
            let state = Samples.state([Samples.runtime([Samples.roomPrice(.started)], name: runtime)])
            let manifests = Rendering.render(state, keys: keys).entities.flatMap(\.manifests)
            let pod = try #require(manifests.first { $0.address.name == "room-price-v3-ny-room-price-etl" })
            let pointer = JSONPointer(tokens: ["spec", "template", "metadata", "annotations", ObjectAnnotations.configDigest])
            return try #require(pod.content[pointer]?.string)
        }
        let key = Samples.key, other = Samples.key.derived(for: "other")
        let one = try digest(StateKeys(own: key))
        #expect(try digest(StateKeys(own: other)) != one)
        #expect(try digest(StateKeys(own: key), "mail") != one)
        // The state's own key has no part in it when the runtime's is known.
        let known = ["room-price": key.derived(for: "runtime/room-price")]
        #expect(try digest(StateKeys(own: other, runtimes: known)) == one)
        // As it was when there was one key for all.
        #expect(
            try digest(StateKeys(own: key, runtimes: ["room-price": key]))
                == "sha256:ec2dad9b7e468dfd6d82aba097e0b63934ac3975a35b0141f52cc19543df5bc2")
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
