import HTTP

/// A request that failed for good: what was done, and what the server or the connection said
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
package struct S3Error: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Cause: Error, Sendable, Hashable {
        /// No answer came.
        case transport(HTTPError)
        /// The server's answer: its status, S3's code, its words. For a request without a body in its answer (HEAD) the code is made
        /// from the status.
        case refused(status: Int, code: String, message: String)
        /// What was to carry the request to the store has not.
        case carrier(S3Carrier.Refusal)
        /// An answer that S3 does not give; why.
        case notS3(String)
        /// The file cannot be read, or is not the one it was; why.
        case file(String)
        /// The settings lead nowhere; why.
        case settings(String)

        /// Why the request cannot be sent, now or later.
        var lastingWords: String? {
            switch self {
            case .transport(let error): error.kind == .unusable ? error.message : nil
            case .carrier(let refusal): refusal.mayPass ? nil : refusal.message
            case .refused, .notS3, .file, .settings: nil
            }
        }
    }

    /// In words, as "put object".
    package let operation: String
    package let bucket: String
    package let key: String?
    package let cause: Cause
    /// By which the store's people find the request.
    package var requestID: String?
    /// Where the bucket is, when the server says that it is not where it was asked for.
    package var region: String?

    init(_ operation: String, bucket: String, key: String?, _ cause: Cause) {
        self.operation = operation
        self.bucket = bucket
        self.key = key
        self.cause = cause
    }

    /// S3's code; nil when the server did not answer so.
    package var code: String? {
        if case .refused(_, let code, _) = cause { code } else { nil }
    }

    package var status: Int? {
        if case .refused(let status, _, _) = cause { status } else { nil }
    }

    package var isCancelled: Bool {
        if case .transport(let error) = cause { error.kind == .cancelled } else { false }
    }

    /// The upload is not known any more: it was completed, or aborted.
    var isUploadGone: Bool { code == "NoSuchUpload" }

    package enum Again: Sendable, Hashable {
        case never
        /// What was sent did not arrive as it was: worth another try or two.
        case afterDamage
        /// It may pass.
        case untilDeadline
    }

    /// Whether the same request may succeed later.
    package var again: Again {
        switch cause {
        case .transport(let error):
            switch error.kind {
            case .unknownHost, .noConnection, .idle, .broken: .untilDeadline
            case .unusable, .tls, .cancelled: .never
            }
        case .refused(let status, let code, _):
            switch code {
            case "BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch", "IncompleteBody": .afterDamage
            case "InternalError", "SlowDown", "ServiceUnavailable", "RequestTimeout", "Throttling", "ThrottlingException",
                "RequestLimitExceeded", "TooManyRequests", "OperationAborted":
                .untilDeadline
            // What a server does not do it will not do later either.
            default: status == 429 || (status >= 500 && status != 501) ? .untilDeadline : .never
            }
        case .carrier(let refusal): refusal.mayPass ? .untilDeadline : .never
        case .notS3, .file, .settings: .never
        }
    }

    package var description: String {
        let place = key.map { "\(bucket)/\($0)" } ?? bucket
        let reason = switch cause {
        case .transport(let error): error.message
        case .refused(let status, let code, let message):
            "the server answered \(status) \(code)\(message.isEmpty ? "" : ": \(message)")"
        case .carrier(let refusal): refusal.message
        case .notS3(let reason), .file(let reason), .settings(let reason): reason
        }
        let request = requestID.map { " (request \($0))" } ?? ""
        return "\(operation) \(place): \(reason)\(request)"
    }
}

extension S3Error {
    /// From an answer whose status is no success, or that turned out to be an error.
    init(_ call: S3Call, bucket: String, _ answer: HTTPResponse) {
        let document = XMLReader.read(answer.body)
        let error = document?.name == "Error" ? document : nil
        let code = error?.text("Code") ?? Self.word(of: answer.status)
        let message = error?.text("Message") ?? ""
        self.init(call.operation, bucket: bucket, key: call.key, .refused(status: answer.status, code: code, message: message))
        requestID = error?.text("RequestId") ?? answer.head.value("x-amz-request-id")
        region = error?.text("Region") ?? answer.head.value("x-amz-bucket-region")
    }

    private static func word(of status: Int) -> String {
        switch status {
        case 301, 307, 308: "PermanentRedirect"
        case 400: "BadRequest"
        case 403: "AccessDenied"
        case 404: "NotFound"
        case 409: "Conflict"
        case 412: "PreconditionFailed"
        case 416: "InvalidRange"
        case 429: "TooManyRequests"
        case 500: "InternalError"
        case 503: "ServiceUnavailable"
        default: "HTTP \(status)"
        }
    }
}
