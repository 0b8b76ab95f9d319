import Digest
import Testing

@Suite struct DigestTests {
    /// FIPS 180-4, appendix B.1 of its predecessor.
    @Test func sha256OfKnownText() {
        let digest = SHA256Digest(of: "abc".utf8)
        #expect(digest.description == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(digest.short == "sha256:ba7816bf8f01")
    }

    @Test func runningDigestEqualsDigestOfTheWhole() {
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var running = RunningDigest()
        running.update(Array(bytes[..<1]))
        bytes[1..<70_000].withUnsafeBytes { running.update($0) }
        running.update(Array(bytes[70_000...]))
        #expect(running.finish() == SHA256Digest(of: bytes))
    }

    @Test func digestReadsWhatItWrites() {
        let digest = SHA256Digest(of: "x".utf8)
        #expect(SHA256Digest(digest.description) == digest)
    }

    @Test(arguments: ["", "sha256:", "sha256:abc", "md5:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
        "sha256:ga7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"])
    func otherTextIsNoDigest(_ text: String) {
        #expect(SHA256Digest(text) == nil)
    }

    /// RFC 4231 uses other key lengths, so this value was made with `openssl dgst -sha256 -mac HMAC`.
    @Test func keyedDigestOfKnownText() throws {
        let key = try #require(DigestKey(bytes: Array(0..<32)))
        #expect(key.digest(of: "what") == "hmac-sha256:249184710d6be3a585080a43b3e17da6e12a64d50ed57150cec94f8ad479ed9c")
    }

    @Test func otherKeysGiveOtherDigests() throws {
        let first = try #require(DigestKey(bytes: Array(0..<32)))
        let second = try #require(DigestKey(bytes: Array(1..<33)))
        #expect(first.digest(of: "value") != second.digest(of: "value"))
        #expect(first.digest(of: "value") == first.digest(of: Array("value".utf8)))
    }

    @Test func derivedKeysFollowFromKeyAndName() throws {
        let key = try #require(DigestKey(bytes: Array(0..<32)))
        let other = try #require(DigestKey(bytes: Array(1..<33)))
        #expect(key.derived(for: "a") == key.derived(for: "a"))
        #expect(Set([key, key.derived(for: "a"), key.derived(for: "b"), other.derived(for: "a")]).count == 4)
        // The HMAC itself, as `openssl dgst` gives it for keyedDigestOfKnownText.
        #expect(key.derived(for: "what").bytes.starts(with: [0x24, 0x91, 0x84, 0x71]))
        #expect(key.derived(for: "a").bytes.count == 32)
    }

    @Test func keysNeed32BytesAndDoNotPrintThem() throws {
        #expect(DigestKey(bytes: Array(0..<31)) == nil)
        let key = try #require(DigestKey(bytes: Array(repeating: 65, count: 32)))
        #expect("\(key)" == "(digest key)")
        var dumped = ""
        dump(key, to: &dumped)
        #expect(!dumped.contains("65"))
    }

    @Test func digestsAreWrittenInBase64() {
        // `printf abc | openssl dgst -md5 -binary | base64`, and the same with -sha256.
        #expect(MD5Digest(of: Array("abc".utf8)).base64 == "kAFQmDzST7DWlj99KOF/cg==")
        #expect(MD5Digest(of: Array("abc".utf8)).hex == "900150983cd24fb0d6963f7d28e17f72")
        #expect(SHA256Digest(of: "abc".utf8).base64 == "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=")
    }
}
