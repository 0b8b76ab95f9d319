import Digest
import Glibc
import HTTP

/// Signs requests in their query, as AWS Signature Version 4 has it for URLs that are handed on
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html). libcurl's own signature stands in the header field
/// `Authorization`, which whoever stands between may need for itself.
///
/// Covered are the method, the path, the whole query, the host, the fields whose names begin with `x-amz-`, and `Content-MD5`; the
/// body where an `x-amz-content-sha256` field has its digest.
struct QuerySignature {
    let credentials: S3Credentials
    let region: String

    /// - Parameters:
    ///   - request: its URL's path and query are percent-encoded as `S3Address` does it.
    ///   - moment: seconds since 1970.
    ///   - lifetime: seconds for which the signature holds.
    func signed(_ request: HTTPRequest, at moment: Int, lifetime: Int = 900) -> HTTPRequest {
        let target = Target(request.url)
        let date = Self.date(moment)
        let scope = "\(date.prefix(8))/\(region)/s3/aws4_request"
        let fields = Self.covered(request.fields, host: target.host)
        let names = fields.map(\.name).joined(separator: ";")
        var items = target.items + [
            Self.item("X-Amz-Algorithm", Self.algorithm), Self.item("X-Amz-Credential", "\(credentials.accessKey)/\(scope)"),
            Self.item("X-Amz-Date", date), Self.item("X-Amz-Expires", String(lifetime)), Self.item("X-Amz-SignedHeaders", names),
        ]
        if let token = credentials.sessionToken { items.append(Self.item("X-Amz-Security-Token", token)) }
        let query = items.sorted { ($0.name, $0.value) < ($1.name, $1.value) }.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        let body = fields.first { $0.name == "x-amz-content-sha256" }?.value ?? "UNSIGNED-PAYLOAD"
        let lines = fields.map { "\($0.name):\($0.value)\n" }.joined()
        let canonical = "\(request.method)\n\(target.path)\n\(query)\n\(lines)\n\(names)\n\(body)"
        let text = "\(Self.algorithm)\n\(date)\n\(scope)\n\(SHA256Digest(of: canonical.utf8).hex)"
        let signature = MessageCode(of: text.utf8, key: key(scope)).hex
        var signed = request
        signed.url = "\(target.origin)\(target.path)?\(query)&X-Amz-Signature=\(signature)"
        return signed
    }

    private static let algorithm = "AWS4-HMAC-SHA256"

    /// The key for one day, region and service, each part of the scope signed with what came before.
    private func key(_ scope: String) -> [UInt8] {
        scope.split(separator: "/").reduce(Array("AWS4\(credentials.secretKey)".utf8)) { key, part in
            MessageCode(of: part.utf8, key: key).bytes
        }
    }

    /// Names in lower case, sorted.
    private static func covered(_ fields: [HTTPField], host: String) -> [(name: String, value: String)] {
        let own = fields.map { (name: $0.name.lowercased(), value: $0.value) }
            .filter { $0.name.hasPrefix("x-amz-") || $0.name == "content-md5" }
        return ([(name: "host", value: host)] + own).sorted { $0.name < $1.name }
    }

    private static func item(_ name: String, _ value: String) -> (name: String, value: String) {
        (name, S3Address.encoded(value, keeping: ""))
    }

    /// `20130524T000000Z`.
    private static func date(_ moment: Int) -> String {
        var seconds = time_t(moment)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func digits(_ number: Int32, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        let day = digits(parts.tm_year + 1900, 4) + digits(parts.tm_mon + 1, 2) + digits(parts.tm_mday, 2)
        return "\(day)T\(digits(parts.tm_hour, 2))\(digits(parts.tm_min, 2))\(digits(parts.tm_sec, 2))Z"
    }

    /// A URL taken apart.
    private struct Target {
        /// Scheme, host and port.
        let origin: String
        let host: String
        let path: String
        /// Encoded.
        let items: [(name: String, value: String)]

        init(_ url: String) {
            let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
            host = parts.count > 2 ? String(parts[2].prefix { $0 != "?" }) : ""
            origin = "\(parts.first ?? "")//\(host)"
            let rest = url.dropFirst(origin.count)
            let path = rest.prefix { $0 != "?" }
            self.path = path.isEmpty ? "/" : String(path)
            items = rest.dropFirst(path.count + 1).split(separator: "&").map { item in
                let name = item.prefix { $0 != "=" }
                return (String(name), String(item.dropFirst(name.count + 1)))
            }
        }
    }
}
