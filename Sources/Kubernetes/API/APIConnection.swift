import HTTP
import JSON
import Model
import Synchronization

/// A request to the API, before it has an address and credentials.
struct APICall: Sendable {
    var method: String
    var path: String
    var query: [(String, String)]
    var body: JSONValue?
    var contentType: String
    var accept = "application/json"
    /// Seconds without a byte after which it has failed.
    var idleDeadline: Double
    /// A request that is handed on beyond `path`; it says all but where to.
    var carried: HTTPRequest?

    init(
        _ method: String, _ path: String, query: [(String, String)] = [], body: JSONValue? = nil,
        contentType: String = "application/json", idleDeadline: Double = 75
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.body = body
        self.contentType = contentType
        self.idleDeadline = idleDeadline
    }
}

/// Requests to one API server, with the credentials for it: renewed once when the server no longer takes them.
final class APIConnection: Sendable {
    let access: ClusterAccess
    private let client: HTTPClient
    private let log: RequestLog?
    /// A server that never answered is not there: no use to try again.
    private let hasAnswered: Atomic<Bool>

    /// Makes no request yet. Throws `unreachable` when libcurl cannot be set up.
    /// - Parameter carrying: for what is handed on beyond a server that has answered before, and comes back as it is kept there.
    init(_ access: ClusterAccess, log: RequestLog? = nil, carrying: Bool = false) throws(ClusterError) {
        self.access = access
        self.log = log
        hasAnswered = Atomic(carrying)
        var settings = HTTPSettings()
        settings.certificateAuthority = access.certificateAuthority
        settings.verifies = access.verifies
        settings.serverName = access.serverName
        settings.proxy = access.proxy
        settings.compresses = access.compresses && !carrying
        do { client = try HTTPClient(settings) } catch { throw ClusterError(.unreachable, error.message) }
    }

    /// The answer's JSON. Throws for every status but 2xx. `begun` is the same call when it was begun before.
    func json(_ call: APICall, begun: Begun? = nil) async throws(ClusterError) -> JSONValue {
        try await answer(call, begun) { bytes throws(JSONError) in try JSONValue(parsing: bytes) }.content
    }

    /// A list's JSON but for its items, which are given to `take` one by one; what stands before them is given to `begin` first.
    /// Throws for every status but 2xx. `begun` is the same call when it was begun before.
    func list(
        _ call: APICall, begun: Begun? = nil, after begin: (JSONValue) -> Void, giving take: (JSONValue) -> Void
    ) async throws(ClusterError) -> JSONValue {
        try await answer(call, begun) { bytes throws(JSONError) in
            try JSONValue(parsing: bytes, giving: "items", after: begin, to: take, keepingText: ManagedFields.path)
        }.content
    }

    typealias Begun = Task<Result<HTTPResponse, ClusterError>, Never>

    /// Begins a call whose answer is asked for later.
    func begin(_ call: @escaping @Sendable () async throws(ClusterError) -> APICall) -> Begun {
        Task {
            do throws(ClusterError) { return .success(try await response(try await call())) } catch { return .failure(error) }
        }
    }

    /// The answer's body, whatever it is. Throws for every status but 2xx.
    func bytes(_ call: APICall) async throws(ClusterError) -> [UInt8] { try await response(call).body }

    /// Hands a request on: it goes to `path` with its own path and query after it. The answer is as it came.
    func carry(_ request: HTTPRequest, to path: String) async throws(ClusterError) -> HTTPResponse {
        // The query may hold a signature, which is nothing for a log.
        var call = APICall(request.method, path + request.target.prefix { $0 != "?" })
        call.carried = request
        return try await authorized(call) { request throws(HTTPError) in
            try await self.client.send(request)
        } status: { $0.status }
    }

    private func response(_ call: APICall) async throws(ClusterError) -> HTTPResponse {
        let response = try await authorized(call) { request throws(HTTPError) in
            try await self.client.send(request)
        } status: { $0.status }
        guard 200..<300 ~= response.status else { throw refusal(call, response.head, response.body) }
        return response
    }

    /// The answer's status and JSON. Throws for every status but 2xx.
    func answer(_ call: APICall) async throws(ClusterError) -> (status: Int, content: JSONValue) {
        try await answer(call) { bytes throws(JSONError) in try JSONValue(parsing: bytes) }
    }

    private func answer(
        _ call: APICall, _ begun: Begun? = nil, _ parse: ([UInt8]) throws(JSONError) -> JSONValue
    ) async throws(ClusterError) -> (status: Int, content: JSONValue) {
        let response: HTTPResponse
        if let begun {
            response = try await withTaskCancellationHandler { await begun.value } onCancel: { begun.cancel() }.get()
        } else {
            response = try await self.response(call)
        }
        do throws(JSONError) { return (response.status, try parse(response.body)) } catch {
            // What begins as an object and is none was cut off on the way; the request may have been carried out.
            if response.body.first == UInt8(ascii: "{") {
                throw ClusterError(.connection, "the answer to \(call.method) \(call.path) is not whole: \(error.reason) (\(access.place))")
            }
            throw ClusterError(.invalid(fields: []), "\(access.server)\(call.path) answers, but not as a Kubernetes API server: \(error.reason)")
        }
    }

    /// An answer that goes on. Throws for every status but 2xx.
    func open(_ call: APICall) async throws(ClusterError) -> AsyncThrowingStream<[UInt8], any Error> {
        let stream = try await authorized(call) { request throws(HTTPError) in
            try await self.client.open(request)
        } status: { $0.head.status }
        guard !(200..<300 ~= stream.head.status) else { return stream.body }
        var body: [UInt8] = []
        do { for try await piece in stream.body { body += piece } } catch {}
        throw refusal(call, stream.head, body)
    }

    private func refusal(_ call: APICall, _ head: HTTPHead, _ body: [UInt8]) -> ClusterError {
        // Not followed: the credential is for this server alone.
        if 300..<400 ~= head.status, let place = head.value("location") {
            return ClusterError(
                .invalid(fields: []), "\(access.server)\(call.path) does not answer as a Kubernetes API server, but redirects to \(place)")
        }
        return ClusterError(status: head.status, body: body, retryAfter: head.value("retry-after"))
    }

    // MARK: Sending

    private func authorized<Answer>(
        _ call: APICall, _ send: (HTTPRequest) async throws(HTTPError) -> Answer, status: (Answer) -> Int
    ) async throws(ClusterError) -> Answer {
        let credential = try await access.credentials.current()
        let first = try await logged(call, credential, send, status)
        guard status(first) == 401, let renewed = try await access.credentials.renewed(after: credential) else { return first }
        return try await logged(call, renewed, send, status)
    }

    private func logged<Answer>(
        _ call: APICall, _ credential: Credential, _ send: (HTTPRequest) async throws(HTTPError) -> Answer, _ status: (Answer) -> Int
    ) async throws(ClusterError) -> Answer {
        let began = ContinuousClock.now
        do throws(HTTPError) {
            let answer = try await send(request(call, credential))
            hasAnswered.store(true, ordering: .relaxed)
            log?.write(call, "\(status(answer))", ContinuousClock.now - began)
            return answer
        } catch {
            log?.write(call, error.message, ContinuousClock.now - began)
            throw failure(error)
        }
    }

    private func request(_ call: APICall, _ credential: Credential) -> HTTPRequest {
        var fields = [HTTPField("Accept", call.accept), HTTPField("User-Agent", "kreform")]
        if call.body != nil { fields.append(HTTPField("Content-Type", call.contentType)) }
        if let carried = call.carried { fields = carried.fields + [HTTPField("User-Agent", "kreform")] }
        if let authorization = credential.authorization { fields.append(HTTPField("Authorization", authorization)) }
        fields += access.headers.map { HTTPField($0.name, $0.value) }
        var certificate: ClientCertificate?
        if let bytes = credential.clientCertificate, let key = credential.clientKey {
            certificate = ClientCertificate(certificate: bytes, key: key)
        }
        if var carried = call.carried {
            carried.url = access.server + call.path + carried.target.drop { $0 != "?" }
            carried.fields = fields
            carried.clientCertificate = certificate
            return carried
        }
        return HTTPRequest(
            call.method, access.server + call.path + URLText.query(call.query), fields: fields, body: call.body?.encodedBytes(),
            idleDeadline: call.idleDeadline, clientCertificate: certificate)
    }

    private func failure(_ error: HTTPError) -> ClusterError {
        let message = "\(error.message) (\(access.place))"
        return switch error.kind {
        case .unusable, .tls: ClusterError(.unreachable, message)
        case .unknownHost, .noConnection: ClusterError(hasAnswered.load(ordering: .relaxed) ? .connection : .unreachable, message)
        case .idle, .broken, .cancelled: ClusterError(.connection, message)
        }
    }
}
