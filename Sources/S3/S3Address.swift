/// Makes the URLs of a bucket and its objects.
struct S3Address: Sendable {
    /// Scheme, host and port.
    private let origin: String
    /// What comes before an object's key, encoded; no slash at the end.
    private let path: String

    /// Nil unless the endpoint is an `http` or `https` URL without user, query and fragment, and the bucket's name can stand in a URL.
    init?(_ settings: S3Settings) {
        let scheme = settings.endpoint.prefix { $0 != ":" }
        guard scheme == "http" || scheme == "https", settings.endpoint.dropFirst(scheme.count).hasPrefix("://") else { return nil }
        let rest = settings.endpoint.dropFirst(scheme.count + 3)
        guard !rest.contains(where: { $0 == "?" || $0 == "#" || $0 == "@" || $0.isWhitespace }) else { return nil }
        let host = rest.prefix { $0 != "/" }
        var base = rest.dropFirst(host.count)
        while base.last == "/" { base.removeLast() }
        let bucket = settings.bucket
        guard !host.isEmpty, !bucket.isEmpty, Self.encoded(bucket, keeping: "") == bucket else { return nil }
        switch settings.style {
        case .path:
            origin = "\(scheme)://\(host)"
            path = "\(base)/\(bucket)"
        case .virtualHost:
            origin = "\(scheme)://\(bucket).\(host)"
            path = String(base)
        }
    }

    /// The URL of an object, or of the bucket. The query comes out sorted and encoded, as signatures want it
    /// (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
    func url(_ key: String?, _ query: [String: String] = [:]) -> String {
        let place = key.map { "/" + Self.encoded($0, keeping: "/") } ?? (path.isEmpty ? "/" : "")
        let items = query.map { (Self.encoded($0.key, keeping: ""), Self.encoded($0.value, keeping: "")) }
        let text = items.sorted { $0.0 < $1.0 }.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
        return origin + path + place + (text.isEmpty ? "" : "?" + text)
    }

    /// Percent-encodes every byte but RFC 3986's unreserved ones and those to be kept.
    static func encoded(_ text: String, keeping kept: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if isUnreserved(byte) || kept.utf8.contains(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Undoes percent-encoding; `+` stands for a space, as in lists with `encoding-type=url`.
    static func decoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
