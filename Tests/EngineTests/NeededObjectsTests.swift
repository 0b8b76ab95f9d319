import Applying
import Engine
import JSON
import Model
import Sandbox
import Synchronization
import Testing

/// Secrets that the file names and somebody else makes.
@Suite struct NeededObjectsTests {
    private func shop(status: String = "started") throws -> Shop {
        let shop = try Shop()
        shop.write(
            """
            kreform: v1
            engine: shop
            runtimes:
              - name: main
                config: {OUTPUT_PRICE_CURRENCY: EUR}
                stack: {imagePullSecrets: [mirror]}
                versions:
                  - krt: v1.krt
                    status: \(status)
                    defaults: {env: {LICENCE: {secret: {name: licences, key: a}}}}
                    nodes: {etl: {env: {OTHER: {secret: {name: licences, key: b}}}}}

            """, to: "kreform.yaml")
        return shop
    }

    private func text(_ warnings: [Diagnostic]) -> [String] {
        warnings.map { "\($0.span.map { "\($0.start.line)" } ?? "-") \($0.code) [\($0.address ?? "-")] \($0.summary)\n\($0.detail)" }
    }

    private func make(_ name: String, _ data: JSONValue, in shop: Shop) async throws {
        let object: JSONValue = [
            "apiVersion": "v1", "kind": "Secret", "metadata": ["name": .string(name), "namespace": "shop-main"], "data": data,
        ]
        _ = try await shop.cluster().apply(ApplyRequest(object: object), as: "kubectl", force: true)
    }

    @Test func aPlanSaysWhatIsToBeMadeAndHow() async throws {
        let shop = try shop()
        let readers = ["room-price-etl", "room-price-model", "room-price-output", "save-metric-save-metric"]
            .map { "Deployment room-price-v1-\($0)" }.joined(separator: ", ")
        let told = try await shop.engine().plan(.apply).warnings
        #expect(text(told).last == """
            10 needed-object-missing [Secret/shop-main/licences] Secret licences is not in namespace shop-main
            It is read by \(readers), whose pods wait until it is there.
            Its namespace shop-main is not there either: the apply makes that first, and waits. Make the Secret meanwhile:
              kubectl create secret generic licences -n shop-main --from-literal=a=… --from-literal=b=…
            """)
        #expect(text(told).first == """
            6 needed-object-missing [Secret/shop-main/mirror] Secret mirror is not in namespace shop-main
            It is read by Deployment chronograf, Deployment kre-mongo-express, Deployment mongo-writer, Deployment \
            room-price-v1-entrypoint and 10 more, whose images are pulled with it.
            Its namespace shop-main is not there either: the apply makes that first, and waits. Make the Secret meanwhile:
              kubectl create secret docker-registry mirror -n shop-main --docker-server=… --docker-username=… --docker-password=…
            """)
        // A version that is stopped reads nothing.
        let stopped = try self.shop(status: "stopped")
        #expect(try await stopped.engine().plan(.apply).warnings.map(\.address) == ["Secret/shop-main/mirror"])
    }

    @Test func anApplyWaitsUntilItIsThere() async throws {
        let shop = try shop()
        let run = try await shop.engine().begin(.apply)
        let waited = Mutex<Set<String>>([])
        let report = try await run.carryOut(RunSettings(timeout: 60)) { event in
            guard case .changeWaiting(_, let words) = event.kind, words.contains("which the file names") else { return }
            guard waited.withLock({ $0.insert(words).inserted }) else { return }
            let isFirst = !words.contains("key")
            Task { try await make("licences", isFirst ? ["a": "MQ=="] : ["a": "MQ==", "b": "Mg=="], in: shop) }
        }
        await run.end()
        #expect(report.outcome == .succeeded, "\(report.failed)")
        #expect(waited.withLock { $0 } == [
            "Secret licences, which the file names, is not in namespace shop-main yet",
            "Secret licences in namespace shop-main, which the file names, has no key b yet",
        ])
        #expect(try await shop.engine().plan(.apply).warnings.map(\.address) == ["Secret/shop-main/mirror"])
        try await make("mirror", [".dockerconfigjson": "e30="], in: shop)
        #expect(try await shop.engine().plan(.apply).warnings == [])
        // One that was there and lost a key.
        try await make("licences", ["a": "MQ=="], in: shop)
        #expect(text(try await shop.engine().plan(.apply).warnings) == ["""
            10 needed-object-missing [Secret/shop-main/licences] Secret licences in namespace shop-main has no key `b`
            It is read by Deployment room-price-v1-room-price-etl, Deployment room-price-v1-room-price-model, Deployment \
            room-price-v1-room-price-output, Deployment room-price-v1-save-metric-save-metric, whose pods wait until it is there.
            Add what it lacks:
              kubectl edit secret licences -n shop-main
            """])
    }

    /// What keeps pods away from a Service is told once, with the workload that they are of.
    @Test func aServiceWithoutPodsFailsByTheCauseOfItsWorkload() async throws {
        let shop = try Shop()
        shop.write(
            """
            kreform: v1
            engine: shop
            runtimes: [{name: main, quota: {pods: 4}, stack: {defaultBackend: {enabled: false}}}]

            """, to: "kreform.yaml")
        let run = try await shop.engine().begin(.apply)
        let report = try await run.carryOut(RunSettings(timeout: 60)) { _ in }
        await run.end()
        let services = report.failed.filter { run.planned.plan.changes[$0.change].address.kind == "Service" }
        #expect(!services.isEmpty)
        #expect(Set(report.failed.map { $0.diagnostic.cause?.name }) == ["exceeded quota: runtime"])
        #expect(Set(report.failed.map { $0.diagnostic.cause?.effect }) == ["cannot become ready: FailedCreate"])
    }

    /// A runtime with one version and one more setting.
    private func write(_ setting: String, _ status: String, in shop: Shop) {
        shop.write(
            """
            kreform: v1
            engine: shop
            domain: shop.example.com
            runtimes:
              - name: main
                config: {OUTPUT_PRICE_CURRENCY: EUR}
                \(setting)
                versions: [{krt: v1.krt, status: \(status)}]

            """, to: "kreform.yaml")
    }

    /// One Ingress asks for the certificate, and another has it too.
    @Test func aCertificateThatCertManagerMakesIsNotMissing() async throws {
        let shop = try Shop()
        func told(_ ingress: String) async throws -> [String] {
            write("ingress: {className: nginx, \(ingress)}", "published", in: shop)
            return try await shop.engine().plan(.apply).warnings.filter { $0.code == "needed-object-missing" }.compactMap(\.address)
        }
        #expect(try await told("clusterIssuer: le") == [])
        #expect(try await told("tlsSecret: own") == ["Secret/shop-main/own"])
        #expect(try await told("tlsSecret: own, entrypointAnnotations: {cert-manager.io/issuer: le}") == [])
    }

    /// What Kubernetes would refuse to make is no reason to keep what there is.
    @Test func amountsDoNotStandInTheWayOfADestroy() async throws {
        let shop = try Shop()
        shop.want(("v1", "stopped"))
        try await shop.bring()
        write("limits: {container: {max: {memory: 1Mi}}}", "stopped", in: shop)
        await #expect(throws: EngineFailure.self) { try await shop.engine().plan(.apply) }
        #expect(try await !shop.engine().plan(.destroy).plan.isEmpty)
    }
}
