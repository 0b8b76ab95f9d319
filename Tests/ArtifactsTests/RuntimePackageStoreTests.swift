import Artifacts
import Digest
import HTTP
import Model
import S3
import Synchronization
import TestSupport
import Testing

/// A runtime's own store, with a real server behind what carries requests to it.
@Suite struct RuntimePackageStoreTests {
    private let folder = TemporaryFolder()
    private let store = RuntimeStore(
        runtime: "r", namespace: "e-r", service: "minio", port: 9000, bucket: "krt", secret: "minio", accessKey: "user",
        secretKey: "password")

    private func package(_ bytes: [UInt8]) -> PackageUpload {
        let digest = SHA256Digest(of: bytes)
        return PackageUpload(path: folder.write(bytes, to: "a.krt"), digest: digest, size: bytes.count, place: store.place(of: digest))
    }

    private func carrier(to server: S3Server) throws -> S3Carrier {
        let client = try HTTPClient()
        return S3Carrier(host: "\(server.address):\(server.port)") { request in
            do throws(HTTPError) { return .success(try await client.send(request)) } catch {
                return .failure(.init(error.message, mayPass: true))
            }
        }
    }

    private func failure(_ body: () async throws(Diagnostic) -> Void) async -> Diagnostic? {
        do throws(Diagnostic) {
            try await body()
            return nil
        } catch {
            return error
        }
    }

    @Test func theBucketIsMadeWithTheFirstPackage() async throws {
        let server = try await S3Server.started()
        let keys = StoreKeys(access: SensitiveValue(server.accessKey), secret: SensitiveValue(server.secretKey))
        let packages = RuntimePackageStore(store, by: try carrier(to: server)) { keys }
        let (one, other) = (package([1, 2, 3]), package([4]))
        #expect(try await !packages.has(one))
        #expect(try await packages.list().isEmpty)
        try await packages.put(other) { _ in }
        #expect(try await packages.has(other))
        #expect(try await !packages.has(one))
        #expect(try await packages.list().map(\.key) == [other.place.key])
        try await packages.remove(packages.list())
        #expect(try await !packages.has(other))
        #expect(try await packages.references().isEmpty)
    }

    /// Before the stack is made.
    @Test func aStoreWithoutKeysHasNothing() async throws {
        let packages = RuntimePackageStore(store, by: S3Carrier(host: "h") { _ in .failure(.init("no", mayPass: false)) }) { nil }
        #expect(try await !packages.has(package([1])))
        #expect(try await packages.list().isEmpty)
        let fault = await failure { () async throws(Diagnostic) in try await packages.put(package([1])) { _ in } }
        #expect(fault?.code == "store-unreachable")
        #expect(fault?.detail.hasPrefix("The Secret minio in the namespace e-r is missing") == true)
    }

    @Test func aStoreThatDoesNotAnswerIsAskedOnce() async throws {
        let asked = Mutex(0)
        let keys = StoreKeys(access: SensitiveValue("a"), secret: SensitiveValue("s"))
        let carrier = S3Carrier(host: "h") { _ in
            asked.withLock { $0 += 1 }
            return .failure(.init("no endpoints available", mayPass: true))
        }
        let packages = RuntimePackageStore(store, by: carrier, patience: .zero) { keys }
        for _ in 0..<2 {
            let fault = await failure { () async throws(Diagnostic) in _ = try await packages.has(package([1])) }
            #expect(fault?.code == "store-unreachable")
            #expect(fault?.summary == "The packages of runtime `r` cannot be looked for: its store cannot be reached")
            #expect(fault?.detail.hasPrefix("look for krt: no endpoints available.\nThe store is minio in the namespace e-r, ") == true)
        }
        #expect(asked.withLock { $0 } == 1)
        // Nor by many at a time.
        let other = RuntimePackageStore(store, by: carrier) { keys }
        let upload = package([1])
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { _ = try? await other.has(upload) } }
        }
        #expect(asked.withLock { $0 } == 2)
        // What is brought is tried again.
        let fault = await failure { () async throws(Diagnostic) in try await packages.put(package([1])) { _ in } }
        #expect(fault?.code == "store-unreachable")
        #expect(asked.withLock { $0 } == 5)
    }

    @Test func whoMayNotIsToldTheRule() async throws {
        let keys = StoreKeys(access: SensitiveValue("a"), secret: SensitiveValue("s"))
        let carrier = S3Carrier(host: "h") { _ in .failure(.init("jane cannot", mayPass: false, isForbidden: true)) }
        let packages = RuntimePackageStore(store, by: carrier) { keys }
        let fault = await failure { () async throws(Diagnostic) in _ = try await packages.has(package([1])) }
        #expect(fault?.code == "rights-missing")
        #expect(fault?.detail == """
            jane cannot
            The store is minio in the namespace e-r, reached through the API server. A Role with this rule would be enough:
              - apiGroups: [""]
                resources: [services/proxy]
                resourceNames: ["http:minio:9000"]
                verbs: [create, delete, get, update]
            Or name a store that is reached another way, with `artifacts.s3`. Uploads are planned for versions that are new, start or \
            change; what is there by then is not sent again.
            """)
    }

    @Test func aStoreWithOtherKeysSaysSo() async throws {
        let server = try await S3Server.started()
        let keys = StoreKeys(access: SensitiveValue(server.accessKey), secret: SensitiveValue("another"))
        let packages = RuntimePackageStore(store, by: try carrier(to: server)) { keys }
        let fault = await failure { () async throws(Diagnostic) in _ = try await packages.has(package([1])) }
        #expect(fault?.code == "store-refused")
        #expect(fault?.summary == "The packages of runtime `r` cannot be looked for: SignatureDoesNotMatch")
        #expect(fault?.detail.contains("Either it was started with other keys than the Secret minio has now") == true)
    }

    @Test func whatStandsBetweenIsToldFromTheStore() async throws {
        let keys = StoreKeys(access: SensitiveValue("a"), secret: SensitiveValue("s"))
        let carrier = S3Carrier(host: "h") { _ in
            .success(HTTPResponse(head: HTTPHead(status: 403, fields: []), body: Array("<html>Blocked</html>".utf8)))
        }
        let packages = RuntimePackageStore(store, by: carrier) { keys }
        let fault = await failure { () async throws(Diagnostic) in _ = try await packages.has(package([1])) }
        #expect(fault?.detail.contains("What stands before the API server may have answered 403 in its place") == true)
    }
}
