import CCurl

/// A header field of a request or an answer.
package struct HTTPField: Sendable, Hashable {
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

package struct HTTPRequest: Sendable {
    package var method: String
    /// Absolute, percent-encoded.
    package var url: String
    package var fields: [HTTPField]
    package var body: [UInt8]?
    /// A body that is read from a file while it is sent; `body` is nil then.
    package var file: FileBody?
    /// Who signs the request; nil for a request that is not signed.
    package var signature: AWSSignature?
    /// Seconds in which not a byte came or went after which the request has failed.
    package var idleDeadline: Double
    /// For TLS; both PEM.
    package var clientCertificate: ClientCertificate?

    /// Twice is as once, even with a precondition: it is sent again when a kept connection breaks. Any other request fails then as
    /// `broken`, since it may have arrived.
    var isRepeatable: Bool { method == "GET" || method == "HEAD" || method == "PUT" }

    /// The path and the query of its URL.
    package var target: String { URLPlace(url)?.rest ?? "/" }

    /// What a server gets to see as the host that was asked, for a URL.
    package static func host(of url: String) -> String { URLPlace(url)?.authority ?? "" }

    package init(
        _ method: String, _ url: String, fields: [HTTPField] = [], body: [UInt8]? = nil, idleDeadline: Double = 75,
        clientCertificate: ClientCertificate? = nil
    ) {
        self.method = method
        self.url = url
        self.fields = fields
        self.body = body
        self.idleDeadline = idleDeadline
        self.clientCertificate = clientCertificate
    }
}

/// Part of a file as the body of a request: read piece by piece while it is sent, never held whole. A file that ends early makes the
/// request fail as `unusable`.
package struct FileBody: Sendable {
    package let path: String
    package let offset: Int
    /// Bytes.
    package let length: Int
    /// Gets the count of bytes of each piece that goes to the connection, and a negative count for those that have to go again.
    /// Called on the client's own thread: it must be quick.
    package let sent: (@Sendable (Int) -> Void)?

    package init(path: String, offset: Int, length: Int, sent: (@Sendable (Int) -> Void)? = nil) {
        self.path = path
        self.offset = offset
        self.length = length
        self.sent = sent
    }
}

/// Keys to sign a request with, by AWS Signature Version 4 (https://curl.se/libcurl/c/CURLOPT_AWS_SIGV4.html). All header fields of the
/// request are signed. libcurl before 8.1 signs the query as it stands in the URL and orders fields by their whole lines: give a
/// query that is sorted, encoded, and has a `=` in each item; an `x-amz-content-sha256` field; and no two fields of which one's
/// name is the other's with more after a hyphen.
package struct AWSSignature: Sendable {
    package let accessKey: String
    package let secretKey: String
    package let region: String
    package let service: String

    package init(accessKey: String, secretKey: String, region: String, service: String) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.region = region
        self.service = service
    }
}

/// A certificate, with those that vouch for it, and its key, in PEM.
package struct ClientCertificate: Sendable, Hashable {
    package let certificate: [UInt8]
    package let key: [UInt8]

    package init(certificate: [UInt8], key: [UInt8]) {
        self.certificate = certificate
        self.key = key
    }
}

/// The first part of an answer.
package struct HTTPHead: Sendable, Hashable {
    package let status: Int
    package let fields: [HTTPField]

    package init(status: Int, fields: [HTTPField]) {
        self.status = status
        self.fields = fields
    }

    /// The value of the first field of this name, whatever its case.
    package func value(_ name: String) -> String? {
        fields.first { $0.name.count == name.count && $0.name.lowercased() == name.lowercased() }?.value
    }
}

package struct HTTPResponse: Sendable {
    package let head: HTTPHead
    /// Decompressed.
    package let body: [UInt8]

    package var status: Int { head.status }

    package init(head: HTTPHead, body: [UInt8]) {
        self.head = head
        self.body = body
    }
}

/// An answer whose body comes in over time.
package struct HTTPStream: Sendable {
    package let head: HTTPHead
    /// The pieces of the body as they arrive, decompressed. Ends by throwing an `HTTPError` when the answer breaks off; a
    /// consumer that stops, or a task that is cancelled, ends the request.
    package let body: AsyncThrowingStream<[UInt8], any Error>
}

/// How all requests of a client reach their servers.
package struct HTTPSettings: Sendable {
    /// PEM; nil for the certificates that the system trusts.
    package var certificateAuthority: [UInt8]?
    /// False to trust whoever answers.
    package var verifies = true
    /// The name that the server's certificate must have, where that is not the host of the URL.
    package var serverName: String?
    /// `http://`, `https://` or `socks5://`; nil for none, whatever the environment says.
    package var proxy: String?
    /// Whether answers may be compressed. They are not where libcurl cannot be trusted with that: see `undoesCompression`.
    package var compresses = true
    /// Compressed answers of some hundred kilobytes over HTTP/2 were seen to stop half-way with libcurl 7.88.1, one in ten.
    package static let undoesCompression = ccurl_version() >= 0x08_04_00
    /// Seconds until a connection must stand.
    package var connectDeadline = 15.0

    package init() {}
}
