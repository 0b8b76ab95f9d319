import Artifacts
import Digest
import Model
import S3
import Synchronization
import TestSupport
import Testing

/// What every store of packages does, and how the real one explains itself.
@Suite struct PackageStoreTests {
    private let folder = TemporaryFolder()
    private static let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }

    private func artifacts(_ endpoint: String, bucket: String = "krt", region: String? = nil) -> ArtifactStore {
        ArtifactStore(endpoint: endpoint, bucket: bucket, region: region, prefix: "team", access: .keys)
    }

    private func keys(_ server: S3Server, secret: String? = nil) -> StoreKeys {
        StoreKeys(access: SensitiveValue(server.accessKey), secret: SensitiveValue(secret ?? server.secretKey))
    }

    private func package(_ bytes: [UInt8], _ store: ArtifactStore, name: String = "a.krt") -> PackageUpload {
        let digest = SHA256Digest(of: bytes)
        return PackageUpload(
            path: folder.write(bytes, to: name), digest: digest, size: bytes.count, place: store.place(of: digest))
    }

    private func makeBucket(_ server: S3Server) async throws {
        let settings = S3Settings(endpoint: server.url, bucket: "krt", region: "us-east-1", style: .path)
        try await S3Bucket(settings, S3Credentials(accessKey: server.accessKey, secretKey: server.secretKey)).create()
    }

    private func holdsWhatIsPut(_ store: any PackageStore, _ artifacts: ArtifactStore) async throws {
        let package = package(Self.bytes, artifacts)
        let other = self.package([1, 2, 3], artifacts, name: "b.krt")
        #expect(try await !store.has(package))
        #expect(try await store.list().isEmpty)
        let told = Mutex<[UploadProgress]>([])
        try await store.put(package) { progress in told.withLock { $0.append(progress) } }
        #expect(told.withLock { $0.last } == UploadProgress(done: 300_000, total: 300_000))
        try await store.put(other) { _ in }
        #expect(try await store.has(package))
        #expect(try await store.list().map(\.key) == [package.place.key, other.place.key].sorted())
        #expect(try await store.list().first { $0.digest == package.digest }?.size == 300_000)
        // What is there is not read again.
        try await store.put(PackageUpload(path: "/nowhere", digest: package.digest, size: package.size, place: package.place)) { _ in }
        try await store.remove(store.list().filter { $0.digest == package.digest })
        #expect(try await !store.has(package))
        #expect(try await store.list().map(\.digest) == [other.digest])
        // A file that is another one by now.
        let changed = PackageUpload(
            path: other.path, digest: SHA256Digest(of: [1, 2, 4]), size: 3, place: artifacts.place(of: SHA256Digest(of: [1, 2, 4])))
        await #expect(performing: { try await store.put(changed) { _ in } }, throws: { ($0 as? Diagnostic)?.code == "package-changed" })
        #expect(try await !store.has(changed))
    }

    private func notesWhoRefersToWhat(_ store: any PackageStore) async throws {
        let (one, two) = (SHA256Digest(of: [1]), SHA256Digest(of: [2]))
        #expect(try await store.references().isEmpty)
        try await store.setReferences(of: "a-1", to: [one, two])
        try await store.setReferences(of: "b-2", to: [two])
        #expect(try await store.references() == ["a-1": [one, two], "b-2": [two]])
        try await store.setReferences(of: "a-1", to: [])
        try await store.setReferences(of: "c-3", to: [])
        #expect(try await store.references() == ["b-2": [two]])
        #expect(try await store.list().isEmpty)
    }

    @Test func storesNoteWhoRefersToWhat() async throws {
        try await notesWhoRefersToWhat(FolderPackageStore(folder: folder.path + "/packages", prefix: "team"))
        let server = try await S3Server.started()
        try await makeBucket(server)
        let keys = keys(server)
        try await notesWhoRefersToWhat(S3PackageStore(artifacts(server.url)) { keys })
    }

    @Test func aNoteThatCannotBeReadIsAnError() async throws {
        let server = try await S3Server.started()
        try await makeBucket(server)
        let keys = keys(server)
        let settings = S3Settings(endpoint: server.url, bucket: "krt", region: "us-east-1", style: .path)
        let bucket = try S3Bucket(settings, S3Credentials(accessKey: server.accessKey, secretKey: server.secretKey))
        try await bucket.put("team/krt/references/x", Array("what?".utf8))
        await #expect(
            performing: { _ = try await S3PackageStore(artifacts(server.url)) { keys }.references() },
            throws: { ($0 as? Diagnostic)?.detail.contains("team/krt/references/x is no list of packages") == true })
    }

    @Test func aBucketHoldsWhatIsPut() async throws {
        let server = try await S3Server.started()
        try await makeBucket(server)
        let artifacts = artifacts(server.url)
        let keys = keys(server)
        try await holdsWhatIsPut(S3PackageStore(artifacts) { keys }, artifacts)
    }

    @Test func aFolderHoldsWhatIsPut() async throws {
        try await holdsWhatIsPut(
            FolderPackageStore(folder: folder.path + "/packages", prefix: "team"), artifacts("https://s3.example.com"))
    }

    private func complaint(_ store: S3PackageStore, _ artifacts: ArtifactStore) async -> Diagnostic? {
        do throws(Diagnostic) {
            try await store.put(package([1], artifacts)) { _ in }
            return nil
        } catch {
            return error
        }
    }

    @Test func keysThatAreRefusedAreExplained() async throws {
        let server = try await S3Server.started()
        try await makeBucket(server)
        let artifacts = artifacts(server.url)
        let keys = keys(server, secret: "wrong")
        let found = try #require(await complaint(S3PackageStore(artifacts) { keys }, artifacts))
        #expect(found.code == "store-refused")
        #expect(found.detail.contains("s3://krt at \(server.url)"))
        #expect(!found.detail.contains("wrong"))
    }

    @Test func aBucketThatIsNotThereIsExplained() async throws {
        let server = try await S3Server.started()
        let artifacts = artifacts(server.url, bucket: "nowhere")
        let keys = keys(server)
        let found = try #require(await complaint(S3PackageStore(artifacts) { keys }, artifacts))
        #expect(found.summary == "The package \(folder.path)/a.krt cannot be uploaded: NoSuchBucket")
        #expect(found.detail.hasSuffix("Make the bucket, or correct `bucket` under `artifacts.s3`."))
    }

    @Test func aStoreThatDoesNotAnswerIsExplained() async throws {
        let server = try WireServer([.answer()])
        server.stop()
        let artifacts = artifacts(server.url)
        let store = S3PackageStore(artifacts, patience: .zero) { StoreKeys(access: SensitiveValue("a"), secret: SensitiveValue("b")) }
        let found = try #require(await complaint(store, artifacts))
        #expect(found.code == "store-unreachable")
        #expect(found.summary == "The package \(folder.path)/a.krt cannot be uploaded: the store does not answer")
    }

    @Test func theRegionThatTheServerNamesIsTheAdvice() async throws {
        let server = try WireServer([.answer(status: 301, headers: ["x-amz-bucket-region": "eu-north-1"])])
        let artifacts = artifacts(server.url)
        let found = try #require(await complaint(S3PackageStore(artifacts) { nil }, artifacts))
        #expect(found.detail.hasSuffix("The bucket is in the region eu-north-1: write `region: eu-north-1` under `artifacts.s3`."))
        #expect(server.requests.first?[header: "authorization"] == nil)
    }
}
