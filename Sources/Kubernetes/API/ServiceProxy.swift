import HTTP
import Model
import Synchronization

/// The pods behind a Service, reached from outside of the cluster: the API server hands requests on to one of them
/// (https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/#manually-constructing-apiserver-proxy-urls).
///
/// The pod sees the method, the query, the body and the host as they were sent, the path, which is decoded and encoded again, and all
/// fields but `Authorization`, which is the API server's own. All proxies of a cluster share a connection of their own: what they carry may be large.
package struct ServiceProxy: Sendable {
    private let line: CarryingLine
    private let path: String

    /// Makes no request yet.
    /// - Parameter port: the Service's, which is served without TLS.
    init(_ line: CarryingLine, namespace: String, service: String, port: Int) {
        self.line = line
        path = "/api/v1/namespaces/\(namespace)/services/http:\(service):\(port)/proxy"
    }

    /// What the pod gets to see as the host that was asked: the API server's own.
    package var host: String { HTTPRequest.host(of: line.access.server) }

    /// Sends a request, whose URL may have any origin: its path and query reach the pod as they are.
    /// - Returns: the pod's answer, of any status.
    /// - Throws: when no pod was asked: the API server refused, or did not reach one.
    package func send(_ request: HTTPRequest) async throws(ClusterError) -> HTTPResponse {
        let answer = try await line.connection().carry(request, to: path)
        guard answer.status >= 300, Self.isServersOwn(answer) else { return answer }
        throw ClusterError(status: answer.status, body: answer.body, retryAfter: answer.head.value("retry-after"))
    }

    /// Refusals are a `Status`. Servers before 1.22 say in plain words that they have reached no pod.
    private static func isServersOwn(_ answer: HTTPResponse) -> Bool {
        if answer.head.value("content-type")?.hasPrefix("application/json") == true { return true }
        let words = String(decoding: answer.body.prefix(64), as: UTF8.self).lowercased()
        return words.hasPrefix("error trying to reach service")
    }
}

extension KubernetesCluster {
    /// Reaches the pods behind a Service. Needs the right to `get`, `create`, `update` and `delete` `services/proxy`, by the methods of the
    /// requests.
    package func proxy(namespace: String, service: String, port: Int) -> ServiceProxy {
        ServiceProxy(line, namespace: namespace, service: service, port: port)
    }
}

/// The connection for what is handed on to pods, made with the first request.
final class CarryingLine: Sendable {
    let access: ClusterAccess
    private let log: RequestLog?
    private let made = Mutex<APIConnection?>(nil)

    init(_ access: ClusterAccess, _ log: RequestLog?) {
        self.access = access
        self.log = log
    }

    /// Throws `unreachable` when libcurl cannot be set up.
    func connection() throws(ClusterError) -> APIConnection {
        try made.withLock { made throws(ClusterError) in
            if let made { return made }
            let connection = try APIConnection(access, log: log, carrying: true)
            made = connection
            return connection
        }
    }
}
