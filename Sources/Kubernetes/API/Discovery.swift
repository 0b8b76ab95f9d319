import JSON
import Model

/// What the server serves, asked once and kept for a run (https://kubernetes.io/docs/concepts/overview/kubernetes-api/).
actor Discovery {
    private let connection: APIConnection
    /// The kinds of a group version; nil when it is not served.
    private var kinds: [String: Asked<[String: ServedType]?>] = [:]

    init(_ connection: APIConnection) { self.connection = connection }

    /// Something that was asked for, when, and the answer that everybody who asked meanwhile waits for.
    private struct Asked<Answer: Sendable> {
        let at: ContinuousClock.Instant
        let task: Task<Result<Answer, ClusterError>, Never>
    }

    /// Custom resources come to be served within moments of their definition: an answer that a kind is absent holds as long.
    private static let holds = Duration.seconds(1)

    /// How the type is served; throws `notServed` when it is not.
    func served(_ type: ResourceType) async throws(ClusterError) -> ServedType {
        if let stable = ServedType.stable[type] { return stable }
        for version in ServedType.equivalents(of: type) {
            if let found = try await kind(type.kind, in: version) { return found }
        }
        throw ClusterError(.notServed, "no matches for kind \"\(type.kind)\" in version \"\(type.apiVersion)\"")
    }

    private func kind(_ kind: String, in version: String) async throws(ClusterError) -> ServedType? {
        if let asked = kinds[version] {
            if let found = try await asked.task.value.get()?[kind] { return found }
            if ContinuousClock.now - asked.at < Self.holds { return nil }
        }
        let task = Task { [connection] () -> Result<[String: ServedType]?, ClusterError> in
            do throws(ClusterError) { return .success(try await Self.ask(connection, version)) } catch { return .failure(error) }
        }
        kinds[version] = Asked(at: .now, task: task)
        do throws(ClusterError) {
            return try await task.value.get()?[kind]
        } catch {
            kinds[version] = nil
            throw error
        }
    }

    private static func ask(_ connection: APIConnection, _ version: String) async throws(ClusterError) -> [String: ServedType]? {
        let path = (version.contains("/") ? "/apis/" : "/api/") + version
        do throws(ClusterError) {
            let answer = try await connection.json(APICall("GET", path))
            var kinds: [String: ServedType] = [:]
            for resource in answer["resources"]?.array ?? [] {
                // Those with a slash are subresources.
                guard let plural = resource["name"]?.string, !plural.contains("/"), let kind = resource["kind"]?.string else { continue }
                kinds[kind] = ServedType(version, kind, plural, namespaced: resource["namespaced"]?.bool ?? false)
            }
            return kinds
        } catch {
            guard error.kind == .notServed || error.kind == .notFound else { throw error }
            return nil
        }
    }
}
