import Digest
import HTTP
import Synchronization
import TestSupport
import Testing

@testable import S3

/// With servers that misbehave.
@Suite struct S3WireTests {
    private func bucket(_ server: WireServer, patience: Duration = .seconds(60), token: String? = nil) throws -> S3Bucket {
        var settings = S3Settings(endpoint: server.url, bucket: "b", region: "eu-west-1", style: .path)
        settings.patience = patience
        return try S3Bucket(settings, S3Credentials(accessKey: "AK", secretKey: "SK", sessionToken: token))
    }

    private func failure(_ body: () async throws -> Void) async throws -> S3Error? {
        do {
            try await body()
            return nil
        } catch let error as S3Error {
            return error
        }
    }

    private static func error(_ status: Int, _ code: String) -> WireAnswer {
        .answer(status: status, body: "<Error><Code>\(code)</Code><Message>Words.</Message><RequestId>R1</RequestId></Error>")
    }

    @Test func everyFieldIsSignedWithTheBodysDigest() async throws {
        let server = try WireServer([.answer()])
        try await bucket(server, token: "tok").put("k", [1, 2, 3], metadata: ["sha256": "x"])
        let request = try #require(server.requests.first)
        let authorization = try #require(request[header: "authorization"])
        #expect(authorization.hasPrefix("AWS4-HMAC-SHA256 Credential=AK/"))
        #expect(authorization.contains("/eu-west-1/s3/aws4_request"))
        #expect(authorization.contains(
            "SignedHeaders=content-md5;content-type;host;x-amz-checksum-sha256;x-amz-content-sha256;x-amz-date;"
                + "x-amz-meta-sha256;x-amz-sdk-checksum-algorithm;x-amz-security-token"))
        #expect(request[header: "x-amz-content-sha256"] == SHA256Digest(of: [1, 2, 3]).hex)
        #expect(request[header: "x-amz-security-token"] == "tok")
    }

    @Test func whatMayPassIsTriedAgain() async throws {
        let server = try WireServer([
            Self.error(503, "SlowDown"), .close, .answer(status: 500), .reset, Self.error(400, "RequestTimeout"), .answer(body: "x"),
        ])
        #expect(try await bucket(server).get("k") == Array("x".utf8))
        #expect(server.requests.count == 6)
    }

    @Test func whatCannotPassIsNotTriedAgain() async throws {
        for (status, code) in [(403, "AccessDenied"), (400, "ExpiredToken"), (404, "NoSuchBucket"), (501, "NotImplemented")] {
            let server = try WireServer([Self.error(status, code)])
            let error = try await failure { try await bucket(server).put("k", [1]) }
            #expect(error?.code == code)
            #expect(error?.requestID == "R1")
            #expect(server.requests.count == 1)
        }
    }

    @Test func patienceEnds() async throws {
        let server = try WireServer([Self.error(503, "SlowDown")])
        let error = try await failure { try await bucket(server, patience: .zero).put("k", [1]) }
        #expect(error?.description == "put b/k: the server answered 503 SlowDown: Words. (request R1)")
        #expect(server.requests.count == 3)
    }

    @Test func damageOnTheWayIsTriedTwiceMore() async throws {
        let server = try WireServer([Self.error(400, "BadDigest")])
        #expect(try await failure { try await bucket(server).put("k", [1]) }?.code == "BadDigest")
        #expect(server.requests.count == 3)
    }

    @Test func theRegionThatTheServerNamesIsTold() async throws {
        let body = "<Error><Code>AuthorizationHeaderMalformed</Code><Message>M</Message><Region>eu-north-1</Region></Error>"
        let server = try WireServer([.answer(status: 400, body: body)])
        #expect(try await failure { try await bucket(server).put("k", [1]) }?.region == "eu-north-1")
        let head = try WireServer([.answer(status: 301, headers: ["x-amz-bucket-region": "eu-north-1"])])
        let error = try await failure { _ = try await bucket(head).exists() }
        #expect(error?.region == "eu-north-1")
        #expect(error?.code == "PermanentRedirect")
    }

    @Test func aServerThatIsNotS3IsNamedSo() async throws {
        let server = try WireServer([.answer(body: "<html><body>hello</body></html>")])
        #expect(try await failure { _ = try await bucket(server).list() }?.cause
            == .notS3("the server did not answer with a ListBucketResult"))
        let page = try WireServer([.answer(status: 404, body: "<html>not here")])
        #expect(try await failure { try await bucket(page).put("k", [1]) }?.cause
            == .refused(status: 404, code: "NotFound", message: ""))
    }

    @Test func pagesThatDoNotEndAreAnError() async throws {
        let body = "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken></ListBucketResult>"
        let server = try WireServer([.answer(body: body)])
        #expect(try await failure { _ = try await bucket(server).list() }?.cause == .notS3("the pages of the list do not end"))
    }

    @Test func aCompletionThatEndsAsAnErrorIsOne() async throws {
        let late = WireAnswer.answer(body: "  \n<?xml version=\"1.0\"?><Error><Code>InternalError</Code></Error>")
        let server = try WireServer([late, .answer(body: "<CompleteMultipartUploadResult/>")])
        try await bucket(server).completeUpload("k", upload: "u", [])
        #expect(server.requests.count == 2)
    }

    @Test func aFileThatBecameShorterIsAFaultOfTheFile() async throws {
        let folder = TemporaryFolder()
        let path = folder.write([1, 2, 3], to: "f")
        let server = try WireServer([.answer(status: 404)])
        let upload = S3Upload(try bucket(server), key: "k", path: path, size: 5, digest: SHA256Digest(of: []))
        #expect(try await failure { _ = try await upload.run() }?.cause
            == .file("\(path) has changed: it had 5 bytes and has 3"))
        #expect(server.requests.map(\.method) == ["HEAD"])
        // While it is sent.
        let body = FileBody(path: path, offset: 0, length: 5)
        let digests = S3Digests(sha256: SHA256Digest(of: []), md5: MD5Digest(of: []))
        let error = try await failure {
            _ = try await bucket(server).putPart("k", upload: "u", number: 1, body, digests)
        }
        #expect(error?.cause == .file("\(path) cannot be read: it has become shorter"))
    }

    @Test func cancellingEndsTheTriesAtOnce() async throws {
        let server = try WireServer([Self.error(503, "SlowDown")])
        let bucket = try bucket(server, patience: .seconds(600))
        let task = Task { try await bucket.get("k") }
        #expect(await eventually { server.requests.count >= 2 })
        task.cancel()
        let error = try await failure { _ = try await task.value }
        #expect(error?.isCancelled == true)
    }
}
