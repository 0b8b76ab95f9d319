import JSON
import Model

/// An apply that would have to create its object takes the right to `create` besides the one to `patch`; where only that is missing
/// the server says that it is forbidden, and not what
/// (https://kubernetes.io/docs/reference/using-api/server-side-apply/#using-server-side-apply-in-a-controller).
struct Creating: Sendable {
    let connection: APIConnection
    let served: ServedType
    let namespace: String?

    /// The refusal in the words of the server's authorizer, where it had none.
    func explained(_ refusal: ClusterError) async -> ClusterError {
        guard refusal.kind == .forbidden, refusal.hasNoReason else { return refusal }
        // Who may create is told that this is no object.
        let nothing: JSONValue = ["apiVersion": .string(served.apiVersion), "kind": .string(served.kind)]
        do throws(ClusterError) {
            _ = try await connection.answer(
                APICall("POST", served.path(namespace: namespace), query: [("dryRun", "All")], body: nothing))
            return refusal
        } catch {
            return error.kind == .forbidden ? error : refusal
        }
    }
}

extension ClusterError {
    /// `configmaps "a" is forbidden: `, with nothing after it.
    fileprivate var hasNoReason: Bool {
        let words = message.reversed().drop { $0.isWhitespace }
        return words.starts(with: "forbidden:".reversed())
    }
}
