import Digest
import HTTP
import Synchronization
import TestSupport
import Testing

@testable import S3

/// Files on their way to a real server, over connections that break.
@Suite struct S3UploadTests {
    private let folder = TemporaryFolder()
    private static let size = (16 << 20) + 12_345
    private static let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }

    private func setting(_ server: S3Server, through port: UInt16? = nil, patience: Duration = .seconds(60)) throws -> S3Bucket {
        var settings = S3Settings(
            endpoint: "http://127.0.0.1:\(port ?? server.port)", bucket: "packages", region: "eu-west-1", style: .path)
        settings.patience = patience
        return try S3Bucket(settings, S3Credentials(accessKey: server.accessKey, secretKey: server.secretKey))
    }

    private func upload(_ bucket: S3Bucket, _ path: String, _ bytes: [UInt8] = bytes) -> S3Upload {
        var upload = S3Upload(bucket, key: "krt/x.krt", path: path, size: bytes.count, digest: SHA256Digest(of: bytes))
        upload.partSize = 5 << 20
        return upload
    }

    @Test func aSmallFileGoesInOnePieceAndIsLeftWhenItIsThere() async throws {
        let server = try await S3Server.started()
        let bucket = try setting(server)
        try await bucket.create()
        let bytes = Array("hello".utf8)
        let upload = upload(bucket, folder.write(bytes, to: "f"), bytes)
        let told = Mutex<[S3Progress]>([])
        let first = try await upload.run { progress in told.withLock { $0.append(progress) } }
        #expect(first.metadata == ["sha256": SHA256Digest(of: bytes).hex])
        #expect(told.withLock { $0.last } == S3Progress(done: 5, resumed: 0, total: 5))
        #expect(try await bucket.get("krt/x.krt") == bytes)
        // Nothing is read, for nothing is sent.
        let again = S3Upload(bucket, key: upload.key, path: "/nowhere", size: 5, digest: upload.digest)
        #expect(try await again.run() == first)
    }

    @Test func aLargeFileGoesInPartsAtATime() async throws {
        let server = try await S3Server.started()
        let bucket = try setting(server)
        try await bucket.create()
        let told = Mutex<[S3Progress]>([])
        let object = try await upload(bucket, folder.write(Self.bytes, to: "f")).run { progress in
            told.withLock { $0.append(progress) }
        }
        #expect(object.size == Self.size)
        #expect(object.metadata["sha256"] == SHA256Digest(of: Self.bytes).hex)
        #expect(object.etag.hasSuffix("-4"))
        #expect(told.withLock { $0.last } == S3Progress(done: Self.size, resumed: 0, total: Self.size))
        #expect(try await bucket.get("krt/x.krt") == Self.bytes)
        #expect(try await bucket.uploads(prefix: "krt/").isEmpty)
    }

    @Test func connectionsThatBreakInTheMiddleOfPartsOnlyCostTime() async throws {
        let server = try await S3Server.started()
        try await setting(server).create()
        let proxy = try WireServer.proxy(to: server.port)
        let cuts = Mutex(0)
        let upload = upload(try setting(server, through: proxy.port), folder.write(Self.bytes, to: "f"))
        let object = try await upload.run { progress in
            let place = progress.done * 4 / progress.total
            let isNew = cuts.withLock { cuts in
                defer { cuts = max(cuts, place) }
                return place > cuts && place < 4
            }
            if isNew { proxy.cut() }
        }
        #expect(object.size == Self.size)
        #expect(cuts.withLock { $0 } >= 3)
        #expect(try await setting(server).get("krt/x.krt") == Self.bytes)
    }

    @Test(arguments: [false, true]) func whatTheStoreHasFromBeforeABreakIsNotSentAgain(isCarried: Bool) async throws {
        let server = try await S3Server.started()
        let bucket = try isCarried ? S3Bucket.carried(to: server) : setting(server)
        try await bucket.create()
        let proxy = try WireServer.proxy(to: server.port)
        let broken = try isCarried
            ? S3Bucket.carried(to: server, port: proxy.port, patience: .zero)
            : setting(server, through: proxy.port, patience: .zero)
        var first = upload(broken, folder.write(Self.bytes, to: "f"))
        first.parallel = 1
        await #expect(throws: S3Error.self) {
            _ = try await first.run { progress in
                guard progress.done > 12 << 20 else { return }
                proxy.isRefusing = true
                proxy.cut()
            }
        }
        #expect(try await bucket.uploads(prefix: "krt/").count == 1)
        let told = Mutex<[S3Progress]>([])
        _ = try await upload(bucket, first.path).run { progress in told.withLock { $0.append(progress) } }
        #expect(told.withLock { $0.last } == S3Progress(done: Self.size, resumed: 10 << 20, total: Self.size))
        #expect(try await bucket.get("krt/x.krt") == Self.bytes)
        #expect(try await bucket.uploads(prefix: "krt/").isEmpty)
    }

    @Test func partsOfAnotherFileAreSentAnew() async throws {
        let server = try await S3Server.started()
        let bucket = try setting(server)
        try await bucket.create()
        let other = folder.write(Array(repeating: 7, count: Self.size), to: "other")
        let id = try await bucket.createUpload("krt/x.krt", metadata: ["sha256": SHA256Digest(of: Self.bytes).hex])
        let digests = try PartDigests(other, size: Self.size).next(5 << 20)
        _ = try await bucket.putPart(
            "krt/x.krt", upload: id, number: 1, .init(path: other, offset: 0, length: 5 << 20), digests)
        let told = Mutex<[S3Progress]>([])
        _ = try await upload(bucket, folder.write(Self.bytes, to: "f")).run { progress in told.withLock { $0.append(progress) } }
        #expect(told.withLock { $0.last?.resumed } == 0)
        #expect(try await bucket.get("krt/x.krt") == Self.bytes)
    }

    @Test func aFileThatIsAnotherOneByNowIsNotUploaded() async throws {
        let server = try await S3Server.started()
        let bucket = try setting(server)
        try await bucket.create()
        var changed = Self.bytes
        changed[Self.size - 1] ^= 1
        let path = folder.write(changed, to: "f")
        for (size, bytes) in [(5 << 20, Self.bytes), (32 << 20, Self.bytes)] {
            var upload = upload(bucket, path, bytes)
            upload.partSize = size
            do {
                _ = try await upload.run()
                Issue.record("uploaded")
            } catch {
                #expect(error.cause == .file("\(path) has changed since it was read"))
            }
        }
        #expect(try await bucket.head("krt/x.krt") == nil)
        #expect(try await bucket.uploads(prefix: "krt/").isEmpty)
    }

    @Test func anObjectThatIsNotTheFileIsReplaced() async throws {
        let server = try await S3Server.started()
        let bucket = try setting(server)
        try await bucket.create()
        let bytes = Array("hello".utf8)
        try await bucket.put("krt/x.krt", Array("hellO".utf8), metadata: ["sha256": SHA256Digest(of: bytes).hex])
        #expect(try await upload(bucket, folder.write(bytes, to: "f"), bytes).run().etag == MD5Digest(of: bytes).hex)
    }

    @Test func partsGrowWithTheFileSoThatTenThousandAreEnough() throws {
        let server = try WireServer([.hang])
        let settings = S3Settings(endpoint: server.url, bucket: "b", region: "r", style: .path)
        let bucket = try S3Bucket(settings, S3Credentials(accessKey: "a", secretKey: "b"))
        func partSize(_ size: Int) -> Int {
            S3Upload(bucket, key: "k", path: "/f", size: size, digest: SHA256Digest(of: [])).usedPartSize
        }
        #expect(partSize(5 << 30) == 16 << 20)
        #expect(partSize(10_000 * (16 << 20)) == 16 << 20)
        #expect(partSize(10_000 * (16 << 20) + 1) == 17 << 20)
        #expect(partSize(5 << 40) * 10_000 >= 5 << 40)
    }
}
