import HTTP

/// Brings requests to a store that cannot be reached directly, and answers back.
package struct S3Carrier: Sendable {
    /// What the store gets to see as the host that was asked, perhaps with a port: signatures cover it.
    package let host: String
    /// Sends a request whose URL begins with `http://HOST/`, with all of the URL's path and query as they are. It has no use for the
    /// header field `Authorization`.
    package let send: @Sendable (HTTPRequest) async -> Result<HTTPResponse, Refusal>

    package init(host: String, send: @escaping @Sendable (HTTPRequest) async -> Result<HTTPResponse, Refusal>) {
        self.host = host
        self.send = send
    }

    /// No answer of the store came: the carrier did not reach it, or would not.
    package struct Refusal: Error, Sendable, Hashable {
        package let message: String
        /// Whether the same request may be carried later.
        package let mayPass: Bool
        /// Whoever asks may not.
        package let isForbidden: Bool

        package init(_ message: String, mayPass: Bool, isForbidden: Bool = false) {
            self.message = message
            self.mayPass = mayPass
            self.isForbidden = isForbidden
        }
    }
}

/// How requests get to a bucket's store, and by whom they are signed.
enum S3Way: Sendable {
    /// libcurl signs.
    case direct(HTTPClient)
    case carried(S3Carrier)

    /// - Parameter credentials: nil to ask without a signature.
    func send(
        _ request: HTTPRequest, _ credentials: S3Credentials?, region: String, moment: Int
    ) async throws(S3Error.Cause) -> HTTPResponse {
        var request = request
        switch self {
        case .direct(let client):
            if let credentials {
                if let token = credentials.sessionToken { request.fields.append(HTTPField("x-amz-security-token", token)) }
                request.signature = AWSSignature(
                    accessKey: credentials.accessKey, secretKey: credentials.secretKey, region: region, service: "s3")
            }
            do throws(HTTPError) { return try await client.send(request) } catch { throw .transport(error) }
        case .carried(let carrier):
            if let credentials { request = QuerySignature(credentials: credentials, region: region).signed(request, at: moment) }
            do throws(S3Carrier.Refusal) { return try await carrier.send(request).get() } catch { throw .carrier(error) }
        }
    }
}
