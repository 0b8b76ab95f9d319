import Digest
import HTTP

/// A request to a bucket, before it is addressed and signed.
struct S3Call: Sendable {
    enum Body: Sendable {
        case none
        case bytes([UInt8])
        case file(FileBody, SHA256Digest)
    }

    /// In words, for errors.
    let operation: String
    let method: String
    let key: String?
    var query: [String: String] = [:]
    var fields: [HTTPField] = []
    var body = Body.none
    /// Seconds without a byte that are waited for the answer, where that takes the server longer than other answers.
    var patientDeadline: Double?
    /// Called before each attempt.
    var begins: (@Sendable () -> Void)?

    init(_ operation: String, _ method: String, _ key: String? = nil) {
        self.operation = operation
        self.method = method
        self.key = key
    }

    /// Not signed yet, but with the digest of its body, which signatures cover.
    func request(_ address: S3Address, _ settings: S3Settings) -> HTTPRequest {
        var request = HTTPRequest(
            method, address.url(key, query), fields: fields,
            idleDeadline: max(settings.idleDeadline, patientDeadline ?? 0))
        let digest: SHA256Digest
        switch body {
        case .none: digest = SHA256Digest(of: [])
        case .bytes(let bytes):
            request.body = bytes
            digest = SHA256Digest(of: bytes)
        case .file(let file, let known):
            request.file = file
            digest = known
        }
        // Signed with all else, so that the server holds the body against it.
        request.fields.append(HTTPField("x-amz-content-sha256", digest.hex))
        return request
    }
}
