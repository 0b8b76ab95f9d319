import Engine
import JSON
import Model
import Sandbox
import Testing

/// What others keep in our namespaces is named before it goes with them.
@Suite struct BystandersTests {
    private func put(
        _ kind: String, _ name: String, in shop: Shop, _ metadata: JSONValue = [:], spec: JSONValue? = nil
    ) async throws {
        var metadata = metadata
        metadata["name"] = .string(name)
        metadata["namespace"] = "shop-main"
        var object: JSONValue = ["apiVersion": "v1", "kind": .string(kind), "metadata": metadata]
        object["spec"] = spec
        _ = try await shop.cluster().apply(ApplyRequest(object: object), as: "kubectl", force: true)
    }

    private static let data = Diagnostic(
        .warning, code: "destroys-data", summary: "With runtime main all its data will be deleted",
        detail: """
            Its volumes: chronograf, data-kre-minio-0, data-kre-mongo-0, data-kre-nats-0, data-main-influxdb-0. Whoever carries \
            this out is asked for the runtime's name; without a terminal it is given with `--confirm main`. There is no undo. \
            `protect: true` in the file forbids it.
            """,
        address: "runtime/main")

    @Test func dataIsWhatHasVolumes() async throws {
        let shop = try Shop()
        shop.want([("main", [("v1", "started")]), ("other", [])])
        try await shop.bring()
        shop.want(("v1", "stopped"))
        let planned = try await shop.engine().plan(.apply)
        #expect(planned.destroyedData.map(\.runtime) == ["other"])
        #expect(planned.destroyedData.map { $0.volumes?.count } == [5])
        #expect(try await shop.engine().plan(.destroy).destroyedData.map(\.runtime) == ["main", "other"])
    }

    /// The claim of a StatefulSet outlives it, and is the runtime's all the same.
    @Test func volumesThatWereLeftBehindAreTheRuntimes() async throws {
        let shop = try Shop()
        shop.want([("main", [])])
        try await shop.bring()
        shop.write(
            """
            kreform: v1
            engine: shop
            runtimes:
              - name: main
                stack: {minio: {enabled: false}, external: {influxdb: {address: "http://influxdb.shared:8086"}}}

            """, to: "kreform.yaml")
        try await shop.bring()
        shop.want([])
        #expect(try await shop.engine().plan(.apply).warnings == [Self.data])
        // One of that name alone is not.
        let spec: JSONValue = ["accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "1Gi"]]]
        try await put("PersistentVolumeClaim", "data-warehouse-0", in: shop, spec: spec)
        let planned = try await shop.engine().plan(.apply)
        #expect(planned.deletesOthers)
        #expect(planned.warnings.first?.detail.hasPrefix("  PersistentVolumeClaim data-warehouse-0\nA namespace") == true)
    }

    @Test func aNamespaceSaysWhatOfOthersGoesWithIt() async throws {
        let shop = try Shop()
        shop.want(("v1", "published"))
        try await shop.bring()
        let data = Self.data
        #expect(try await shop.engine().plan(.destroy).warnings == [data])
        for number in 0..<9 { try await put("ConfigMap", "notes-\(number)", in: shop) }
        try await put("Secret", "wallet", in: shop)
        try await put("ConfigMap", "kube-root-ca.crt", in: shop)
        try await put("Secret", "default-token-x", in: shop, ["annotations": ["kubernetes.io/service-account.name": "default"]])
        #expect(try await shop.engine().plan(.apply).plan.isEmpty)
        let planned = try await shop.engine().plan(.destroy)
        #expect(planned.deletesOthers)
        #expect(planned.warnings == [
            Diagnostic(
                .warning, code: "deletes-others", summary: "With namespace shop-main 10 objects that are not ours will be deleted",
                detail: """
                      ConfigMap notes-0, notes-1, notes-2, notes-3, notes-4, notes-5 and 3 more
                      Secret wallet
                    A namespace takes with it everything in it. Move elsewhere what is still needed, or keep the namespace: \
                    `kreform state forget Namespace/shop-main` lets go of it.
                    """,
                address: "Namespace/shop-main"),
            data,
        ])
        // A runtime that leaves the files takes its namespace along too; a saved plan looks again.
        shop.want([])
        #expect(try await shop.engine().plan(.apply).deletesOthers)
        try Engine.save(try await shop.engine().plan(.destroy), to: "\(shop.path)/saved.plan")
        let run = try await shop.engine().begin(savedPlan: "\(shop.path)/saved.plan")
        #expect(run.planned.deletesOthers)
        await run.end()
    }
}
