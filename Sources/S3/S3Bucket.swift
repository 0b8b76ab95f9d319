import Glibc
import HTTP

/// A bucket of an S3 store (https://docs.aws.amazon.com/AmazonS3/latest/API/). Requests are signed by AWS Signature Version 4 and
/// tried again when they failed in a way that may pass.
package struct S3Bucket: Sendable {
    package let settings: S3Settings
    private let credentials: S3Credentials?
    private let address: S3Address
    private let way: S3Way

    /// - Parameter credentials: nil to ask without a signature what anyone may.
    /// - Throws: when the settings lead nowhere; no request is made.
    package init(_ settings: S3Settings, _ credentials: S3Credentials?) throws(S3Error) {
        func fault(_ reason: String) -> S3Error { S3Error("reach", bucket: settings.bucket, key: nil, .settings(reason)) }
        var http = HTTPSettings()
        http.certificateAuthority = settings.certificateAuthority
        http.proxy = settings.proxy
        // Objects are to come as they are kept.
        http.compresses = false
        let client: HTTPClient
        do throws(HTTPError) { client = try HTTPClient(http) } catch { throw fault(error.message) }
        try self.init(settings, credentials, .direct(client))
    }

    /// A bucket of a store that is not reached directly. Requests are signed in their query.
    /// - Parameter settings: their endpoint is the one that the carrier knows, `http://HOST`; proxy and certificates are its affair.
    package init(_ settings: S3Settings, _ credentials: S3Credentials?, by carrier: S3Carrier) throws(S3Error) {
        try self.init(settings, credentials, .carried(carrier))
    }

    private init(_ settings: S3Settings, _ credentials: S3Credentials?, _ way: S3Way) throws(S3Error) {
        guard let address = S3Address(settings) else {
            throw S3Error("reach", bucket: settings.bucket, key: nil, .settings(
                "\(settings.endpoint) with the bucket \(settings.bucket) makes no http or https URL"))
        }
        self.way = way
        self.settings = settings
        self.credentials = credentials
        self.address = address
    }

    /// Sends until it succeeds or fails for good. The answer has a status of success and is no error.
    func send(_ call: S3Call) async throws(S3Error) -> HTTPResponse {
        var retry = S3Retry(patience: settings.patience, attempts: settings.attempts)
        let clock = ContinuousClock()
        let start = clock.now
        while true {
            let (result, asked) = await attempt(call)
            guard case .failure(let error) = result else { return try result.get() }
            let now = (clock.now - start) / .seconds(1)
            guard let delay = retry.delay(error.again, now: now, chance: .random(in: 0...1), asked: asked) else { throw error }
            do { try await Task.sleep(for: .seconds(delay)) } catch { throw Self.cancelled(call, settings) }
        }
    }

    /// One attempt, and how many seconds the server asks to wait before the next.
    private func attempt(_ call: S3Call) async -> (Result<HTTPResponse, S3Error>, Double?) {
        call.begins?()
        do throws(S3Error.Cause) {
            let answer = try await way.send(
                call.request(address, settings), credentials, region: settings.region, moment: time(nil))
            let isError = answer.status >= 300 || answer.status < 200 || Self.isLateError(call, answer)
            guard isError else { return (.success(answer), nil) }
            let asked = answer.head.value("retry-after").flatMap { Double($0) }
            return (.failure(S3Error(call, bucket: settings.bucket, answer)), asked)
        } catch {
            guard case .file(let file, _) = call.body, let words = error.lastingWords, words.hasPrefix(file.path) else {
                return (.failure(failure(call, error)), nil)
            }
            return (.failure(failure(call, .file(words))), nil)
        }
    }

    /// An object that is not what it should be.
    package func failure(_ key: String, _ reason: String) -> S3Error {
        S3Error("read", bucket: settings.bucket, key: key, .notS3(reason))
    }

    func failure(_ call: S3Call, _ cause: S3Error.Cause) -> S3Error {
        S3Error(call.operation, bucket: settings.bucket, key: call.key, cause)
    }

    /// An answer that began as a success and ended as an error: completing an upload takes so long that servers begin to answer
    /// before they know (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html).
    private static func isLateError(_ call: S3Call, _ answer: HTTPResponse) -> Bool {
        call.method == "POST" && XMLReader.read(answer.body)?.name == "Error"
    }

    private static func cancelled(_ call: S3Call, _ settings: S3Settings) -> S3Error {
        S3Error(call.operation, bucket: settings.bucket, key: call.key, .transport(.cancelled))
    }
}
