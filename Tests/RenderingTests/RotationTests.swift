import JSON
import Model
import Rendering
import TestSupport
import Testing

/// What makes a runtime's generated credentials anew.
@Suite struct RotationTests {
    private func rotation(
        _ components: [String] = [], stack: StackSettings = StackSettings(), of name: String = "room-price",
        generations: Generations = Generations(), versions: [DesiredVersion] = [Samples.roomPrice(.started)]
    ) -> (rotation: Rotation?, diagnostics: [Diagnostic]) {
        Rendering.rotation(
            of: name, components, in: Samples.state([Samples.runtime(versions, stack: stack)]), keys: StateKeys(own: Samples.key),
            generations: generations)
    }

    @Test func theObjectsOfARotation() throws {
        let rotation = try #require(self.rotation().rotation)
        #expect(rotation.parts.map(\.component) == ["minio", "mongodb"])
        try Golden.expect(
            RenderedEntity(
                record: EntityRecord(address: .runtime("room-price")), manifests: rotation.parts.flatMap { $0.temporary + $0.secrets }),
            "rotation")
    }

    @Test func podsThatReadTheCredentialsAreMarkedAndNoOthers() throws {
        let rotation = try #require(self.rotation().rotation)
        var marks: [String: String] = [:]
        for manifest in rotation.rendered.entities.flatMap(\.manifests) {
            let annotations = manifest.content["spec"]?["template"]?["metadata"]?["annotations"]
            marks[manifest.address.short] = annotations?[ObjectAnnotations.credentials]?.string
        }
        let nodes = rotation.rendered.entities.flatMap(\.manifests).map(\.address)
            .filter { $0.kind == "Deployment" && $0.name.hasPrefix("room-price-v3-") && !$0.name.hasSuffix("-entrypoint") }
        #expect(!nodes.isEmpty)
        var expected = [
            "StatefulSet kre-minio": "minio-2", "Deployment kre-mongo-express": "mongodb-2", "Deployment mongo-writer": "mongodb-2",
            "Deployment runtime-api": "mongodb-2",
        ]
        for node in nodes { expected[node.short] = "mongodb-2" }
        #expect(marks == expected)
    }

    @Test func onlyWhatIsAskedForIsRotated() throws {
        let rotation = try #require(self.rotation(["minio"]).rotation)
        #expect(rotation.parts.map(\.component) == ["minio"])
        #expect(!"\(rotation.rendered)".contains("mongodb-2"))
        let later = Generations().with(4, of: "minio", in: "room-price").with(3, of: "mongodb", in: "other")
        #expect(self.rotation(["minio"], generations: later).rotation?.parts.first?.generation == 5)
        #expect(self.rotation(["mongodb"], generations: later).rotation?.parts.first?.generation == 2)
    }

    @Test func whatCannotBeRotatedSaysWhy() {
        func said(_ components: [String], stack: StackSettings = StackSettings(), of name: String = "room-price") -> String {
            rotation(components, stack: stack, of: name).diagnostics.map { "\($0.code): \($0.summary)\n  \($0.detail)" }.joined(separator: "\n")
        }
        #expect(said([], of: "room-prize") == "unknown-runtime: The files have no runtime `room-prize`\n  Did you mean `room-price`?")
        #expect(said(["mongo"]) == """
            unknown-component: Runtime room-price has no component `mongo`
              Did you mean `mongodb`? Kreform made the credentials of `minio` and `mongodb`.
            """)
        #expect(said(["chronograf", "influxdb", "nats"]) == ["chronograf", "influxdb", "nats"].map {
            """
            not-rotatable: `\($0)` of runtime room-price has no credentials: whoever is let through by the runtime's network policies may \
            use it
              There is nothing of it to rotate.
            """
        }.joined(separator: "\n"))
        #expect(said(["mongoExpress"]).contains("`kreform rotate room-price mongodb`"))
        #expect(said(["replica-set-key"]).hasPrefix("not-rotatable: `replica-set-key` of runtime room-price is what the members"))
        let external = said(["mongodb"], stack: Samples.external)
        #expect(external.contains("is external: its address, with user and password, is yours, in Secret "), "\(external)")
        #expect(external.contains("kubectl --namespace clientx-room-price rollout restart deployment"), "\(external)")
    }
}
