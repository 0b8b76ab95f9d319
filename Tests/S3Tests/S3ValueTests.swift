import Testing

@testable import S3

/// What is decided without a server.
@Suite struct S3ValueTests {
    private func address(_ endpoint: String, bucket: String = "krt", _ style: S3Settings.Style = .path) -> S3Address? {
        S3Address(S3Settings(endpoint: endpoint, bucket: bucket, region: "r", style: style))
    }

    @Test func urlsNameTheBucketInThePathOrTheHost() {
        #expect(address("https://s3.example.com/")?.url("a/b c+é") == "https://s3.example.com/krt/a/b%20c%2B%C3%A9")
        #expect(address("http://127.0.0.1:9000/store")?.url(nil) == "http://127.0.0.1:9000/store/krt")
        #expect(address("https://s3.example.com:444", .virtualHost)?.url("a") == "https://krt.s3.example.com:444/a")
        #expect(address("https://s3.example.com", .virtualHost)?.url(nil) == "https://krt.s3.example.com/")
    }

    @Test func queriesAreSortedAndEncodedWithAnEqualsSignInEach() {
        let url = address("https://h")?.url("k", ["uploads": "", "prefix": "a/b&c", "max-keys": "1", "X": "~"])
        #expect(url == "https://h/krt/k?X=~&max-keys=1&prefix=a%2Fb%26c&uploads=")
    }

    @Test func endpointsThatAreNoPlainURLsAreRefused() {
        for endpoint in ["", "s3.example.com", "ftp://h", "https://", "https://u:p@h", "https://h?x=1", "https://h#f", "https://a b"] {
            #expect(address(endpoint) == nil, "\(endpoint)")
        }
        for bucket in ["", "a/b", "a?b", "a b"] { #expect(address("https://h", bucket: bucket) == nil, "\(bucket)") }
    }

    @Test func decodingUndoesEncoding() {
        let text = "a/b c+é%&=~._-\u{1}"
        #expect(S3Address.decoded(S3Address.encoded(text, keeping: "/")) == text)
        #expect(S3Address.decoded("a+b%2") == "a b%2")
    }

    @Test func waitsGrowToTenSecondsAndPatienceEnds() {
        var retry = S3Retry(patience: .seconds(60))
        let bounds = (0..<8).map { retry.delay(.untilDeadline, now: Double($0), chance: 1) }
        #expect(bounds == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10])
        #expect(retry.delay(.untilDeadline, now: 59.9, chance: 0) == 0)
        #expect(retry.delay(.untilDeadline, now: 60, chance: 0.5) == nil)
    }

    @Test func aServerThatAsksToWaitIsListenedTo() {
        var retry = S3Retry(patience: .seconds(60))
        #expect(retry.delay(.untilDeadline, now: 0, chance: 1, asked: 3) == 3)
        #expect(retry.delay(.untilDeadline, now: 1, chance: 1, asked: 3600) == 30)
    }

    @Test func slowAttemptsAreMadeThreeTimesInAnyCase() {
        var retry = S3Retry(patience: .seconds(60))
        #expect(retry.delay(.untilDeadline, now: 0, chance: 0) == 0)
        #expect(retry.delay(.untilDeadline, now: 300, chance: 0) == 0)
        #expect(retry.delay(.untilDeadline, now: 600, chance: 0) == nil)
    }

    @Test func damageIsTriedTwiceMoreAndTheRestNever() {
        var retry = S3Retry(patience: .seconds(60))
        #expect((0..<3).map { retry.delay(.afterDamage, now: Double($0), chance: 1) } == [0.2, 0.4, nil])
        var other = S3Retry(patience: .seconds(60))
        #expect(other.delay(.never, now: 0, chance: 1) == nil)
    }

    @Test func keysDoNotPrint() {
        let credentials = S3Credentials(accessKey: "AKIA", secretKey: "secret", sessionToken: "token")
        var dumped = ""
        dump(credentials, to: &dumped)
        #expect("\(credentials)" == "(S3 credentials)")
        #expect(!dumped.contains("AKIA") && !dumped.contains("secret") && !dumped.contains("token"))
    }
}
