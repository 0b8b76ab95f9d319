import HTTP
import TestSupport
import Testing

@testable import S3

@Suite struct QuerySignatureTests {
    private static let keys = S3Credentials(accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    private let signature = QuerySignature(credentials: keys, region: "us-east-1")

    /// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html, "An example".
    @Test func theExampleOfTheDocumentationIsSignedAsThere() {
        let request = HTTPRequest("GET", "https://examplebucket.s3.amazonaws.com/test.txt")
        let signed = signature.signed(request, at: 1_369_353_600, lifetime: 86_400)
        #expect(signed.url == "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
            + "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z"
            + "&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            + "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")
        #expect(signed.signature == nil)
    }

    @Test func whatCountsIsCovered() {
        func url(_ fields: [HTTPField], _ query: String = "?uploadId=a%2Fb&partNumber=2") -> String {
            signature.signed(HTTPRequest("PUT", "http://h:1/b/k\(query)", fields: fields), at: 1_700_000_000).url
        }
        let fields = [HTTPField("x-amz-content-sha256", "00"), HTTPField("Content-MD5", "m"), HTTPField("Content-Type", "t")]
        let plain = url(fields)
        #expect(plain.hasPrefix("http://h:1/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&"))
        #expect(plain.contains("&X-Amz-SignedHeaders=content-md5%3Bhost%3Bx-amz-content-sha256&partNumber=2&uploadId=a%2Fb&X-Amz-Signature="))
        #expect(plain.contains("&X-Amz-Date=20231114T221320Z&X-Amz-Expires=900&"))
        func other(_ index: Int, _ value: String) -> String {
            var fields = fields
            fields[index] = HTTPField(fields[index].name, value)
            return url(fields)
        }
        #expect(other(0, "01") != plain && other(1, "n") != plain && other(2, "u") == plain)
        #expect(url(fields, "?partNumber=2&uploadId=a%2Fc") != plain)
    }

    @Test func sessionTokensAreInTheQuery() {
        let keys = S3Credentials(accessKey: "a", secretKey: "s", sessionToken: "t/1")
        let url = QuerySignature(credentials: keys, region: "r").signed(HTTPRequest("GET", "http://h/b"), at: 0).url
        #expect(url.contains("X-Amz-Security-Token=t%2F1&X-Amz-SignedHeaders=host&X-Amz-Signature="))
    }

    /// The server makes the same of every part of a request.
    @Test func aServerTakesWhatIsSignedSo() async throws {
        let server = try await S3Server.started()
        let bucket = try S3Bucket.carried(to: server)
        #expect(try await !bucket.exists())
        try await bucket.create()
        #expect(try await bucket.exists())
        let key = "a b/ü+~(1)'&=?.krt"
        try await bucket.put(key, [1, 2, 3], metadata: ["note": "x"])
        #expect(try await bucket.get(key, 1..<3) == [2, 3])
        #expect(try await bucket.list(prefix: "a b/").map(\.key) == [key])
        #expect(try await bucket.head(key)?.metadata == ["note": "x"])
        #expect(try await bucket.delete([key]).isEmpty)
        #expect(try await bucket.head(key) == nil)
        let wrong = try S3Bucket.carried(to: server, secret: "wrong")
        await #expect(performing: { _ = try await wrong.exists() }, throws: { ($0 as? S3Error)?.code == "SignatureDoesNotMatch" })
    }

    @Test func aCarriersRefusalIsTold() async throws {
        let carrier = S3Carrier(host: "h") { _ in .failure(.init("not today", mayPass: false)) }
        let settings = S3Settings(endpoint: "http://h", bucket: "b", region: "us-east-1", style: .path)
        let bucket = try S3Bucket(settings, Self.keys, by: carrier)
        await #expect(performing: { try await bucket.put("k", [1]) }, throws: { "\($0)" == "put b/k: not today" })
    }
}

extension S3Bucket {
    /// Reached through a carrier that changes nothing.
    static func carried(to server: S3Server, port: UInt16? = nil, secret: String? = nil, patience: Duration = .seconds(60)) throws -> S3Bucket {
        let host = "\(server.address):\(port ?? server.port)"
        let client = try HTTPClient()
        let carrier = S3Carrier(host: host) { request in
            do throws(HTTPError) { return .success(try await client.send(request)) } catch {
                return .failure(.init(error.message, mayPass: true))
            }
        }
        var settings = S3Settings(endpoint: "http://\(host)", bucket: "packages", region: "us-east-1", style: .path)
        settings.patience = patience
        return try S3Bucket(
            settings, S3Credentials(accessKey: server.accessKey, secretKey: secret ?? server.secretKey), by: carrier)
    }
}
