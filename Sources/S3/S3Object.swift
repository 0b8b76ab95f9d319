import HTTP

/// What a store says of an object.
package struct S3Object: Sendable, Hashable {
    package let key: String
    /// Bytes.
    package let size: Int
    /// Without quotes. The MD5 of objects put in one piece, where the store does not encrypt.
    package let etag: String
    /// When it was put, as the store writes times.
    package let modified: String
    /// What was given as `x-amz-meta-…`, names in lower case. Lists do not have it.
    package let metadata: [String: String]
    /// The SHA-256 that the store keeps, in base64; with `-N` behind it that of the N parts' digests. Nil where it keeps none.
    package let checksum: String?
    package let contentType: String?
}

extension S3Object {
    init(_ key: String, _ head: HTTPHead, size: Int) {
        self.key = key
        self.size = size
        etag = Self.unquoted(head.value("etag") ?? "")
        modified = head.value("last-modified") ?? ""
        let prefix = "x-amz-meta-"
        let own = head.fields.filter { $0.name.lowercased().hasPrefix(prefix) }
        metadata = Dictionary(
            own.map { (String($0.name.lowercased().dropFirst(prefix.count)), $0.value) }, uniquingKeysWith: { $0 + "," + $1 })
        checksum = head.value("x-amz-checksum-sha256")
        contentType = head.value("content-type")
    }

    init(_ entry: XMLElement, key: String) {
        self.key = key
        size = entry.text("Size").flatMap { Int($0) } ?? 0
        etag = Self.unquoted(entry.text("ETag") ?? "")
        modified = entry.text("LastModified") ?? ""
        metadata = [:]
        checksum = nil
        contentType = nil
    }

    static func unquoted(_ text: String) -> String { text.filter { $0 != "\"" } }
}
