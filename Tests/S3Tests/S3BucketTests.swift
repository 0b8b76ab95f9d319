import Digest
import HTTP
import TestSupport
import Testing

@testable import S3

/// Against a real server, which checks every signature and every digest.
@Suite struct S3BucketTests {
    private func bucket(
        _ server: S3Server, _ name: String = "packages", region: String = "eu-west-1", secret: String? = nil, token: String? = nil
    ) throws -> S3Bucket {
        let settings = S3Settings(endpoint: server.url, bucket: name, region: region, style: .path)
        return try S3Bucket(
            settings, S3Credentials(accessKey: server.accessKey, secretKey: secret ?? server.secretKey, sessionToken: token))
    }

    @Test func bucketsAreMadeAndFound() async throws {
        let server = try await S3Server.started()
        for region in ["eu-west-1", "us-east-1"] {
            let bucket = try bucket(server, "made-\(region)", region: region)
            #expect(try await !bucket.exists())
            try await bucket.create()
            #expect(try await bucket.exists())
        }
    }

    @Test func objectsComeBackAsTheyWerePut() async throws {
        let server = try await S3Server.started()
        let bucket = try bucket(server)
        try await bucket.create()
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        // Names that have to be encoded, and metadata whose names begin alike.
        let key = "krt/a b+c&d=é~/(1)*'.krt"
        #expect(try await bucket.head(key) == nil)
        try await bucket.put(key, bytes, metadata: ["sha256": SHA256Digest(of: bytes).hex, "version": "v 1"], contentType: "x/y")
        let object = try #require(try await bucket.head(key))
        #expect(object.size == 100_000)
        #expect(object.etag == MD5Digest(of: bytes).hex)
        #expect(object.metadata == ["sha256": SHA256Digest(of: bytes).hex, "version": "v 1"])
        #expect(object.checksum == SHA256Digest(of: bytes).base64)
        #expect(object.contentType == "x/y")
        #expect(try await bucket.get(key) == bytes)
        #expect(try await bucket.get(key, 10..<20) == Array(bytes[10..<20]))
        var read: [UInt8] = []
        try await bucket.read(object, step: 30_001) { read += $0 }
        #expect(read == bytes)
        try await bucket.delete(key)
        try await bucket.delete(key)
        #expect(try await bucket.head(key) == nil)
    }

    @Test func listsGoOverAllPagesInOrder() async throws {
        let server = try await S3Server.started()
        let bucket = try bucket(server)
        try await bucket.create()
        let keys = (0..<23).map { "krt/\($0 / 10)\($0 % 10) +é" }
        for key in keys + ["other"] { try await bucket.put(key, Array(key.utf8)) }
        #expect(try await bucket.list(prefix: "krt/", page: 5).map(\.key) == keys)
        #expect(try await bucket.list().count == 24)
        #expect(try await bucket.list(prefix: "none").isEmpty)
        #expect(try await bucket.delete(Array(keys.prefix(20)) + ["not/there"]).isEmpty)
        #expect(try await bucket.list().map(\.key) == Array(keys.suffix(3)) + ["other"])
    }

    @Test func keysThatAreNotRightAreNamedSo() async throws {
        let server = try await S3Server.started()
        try await bucket(server).create()
        let error = try await failure { try await bucket(server, secret: "wrong").put("a", [1]) }
        #expect(error?.code == "SignatureDoesNotMatch")
        #expect(error?.status == 403)
        #expect(error?.requestID?.isEmpty == false)
        let text = try #require(error?.description)
        #expect(text.hasPrefix("put packages/a: the server answered 403 SignatureDoesNotMatch: The request signature we calculated"))
    }

    @Test func aBucketThatIsNotThereIsNamedSo() async throws {
        let server = try await S3Server.started()
        let error = try await failure { try await bucket(server, "nowhere").put("a", [1]) }
        #expect(error?.code == "NoSuchBucket")
        #expect(try await failure { _ = try await bucket(server, "nowhere").list() }?.code == "NoSuchBucket")
    }

    @Test func partsOfAnUploadAreListedCompletedAndLetGo() async throws {
        let server = try await S3Server.started()
        let bucket = try bucket(server)
        try await bucket.create()
        let folder = TemporaryFolder()
        let bytes = (0..<(6 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let path = folder.write(bytes, to: "file")
        let id = try await bucket.createUpload("big", metadata: ["sha256": "x"])
        let file = try PartDigests(path, size: bytes.count)
        var parts: [S3Part] = []
        for (number, length) in [(1, 5 << 20), (2, 1 << 20)] {
            let body = FileBody(path: path, offset: (number - 1) * (5 << 20), length: length)
            parts.append(try await bucket.putPart("big", upload: id, number: number, body, file.next(length)))
        }
        #expect(try await bucket.uploads(prefix: "big").map(\.id) == [id])
        #expect(try await bucket.parts("big", upload: id).map(\.etag) == parts.map(\.etag))
        try await bucket.completeUpload("big", upload: id, parts)
        #expect(try await bucket.get("big") == bytes)
        let other = try await bucket.createUpload("big")
        try await bucket.abortUpload("big", upload: other)
        try await bucket.abortUpload("big", upload: other)
        #expect(try await bucket.uploads(prefix: "big").isEmpty)
    }

    private func failure(_ body: () async throws -> Void) async throws -> S3Error? {
        do {
            try await body()
            return nil
        } catch let error as S3Error {
            return error
        }
    }
}
