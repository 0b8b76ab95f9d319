import JSON
import Model

/// What the server serves, asked once and kept for a run (https://kubernetes.io/docs/concepts/overview/kubernetes-api/).
actor Discovery {
    private let connection: APIConnection
    /// The kinds of a group version; nil when it is not served.
    private var kinds: [String: Asked<[String: ServedType]?>] = [:]

    init(_ connection: APIConnection) { self.connection = connection }

    /// Something that was asked for, and the answer that everybody who asks meanwhile waits for.
    private struct Asked<Answer: Sendable> {
        let number: Int
        let task: Task<(answer: Result<Answer, ClusterError>, time: ContinuousClock.Instant), Never>

        /// The answer. Of those who wait the first who is cancelled ends the request: the others, if there are any, ask again.
        var ended: (answer: Result<Answer, ClusterError>, time: ContinuousClock.Instant) {
            get async { await withTaskCancellationHandler { await task.value } onCancel: { task.cancel() } }
        }
    }
    private var count = 0

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
        let began = ContinuousClock.now
        while let asked = kinds[version] {
            let (answer, time) = await asked.ended
            if let found = try answer.get()?[kind] { return found }
            if time >= began || ContinuousClock.now - time < Self.holds { return nil }
            // Unless somebody has asked anew meanwhile.
            if kinds[version]?.number == asked.number { break }
        }
        count += 1
        let asked = Asked(number: count, task: Task { [connection] in (await Self.answer(connection, version), ContinuousClock.now) })
        kinds[version] = asked
        do throws(ClusterError) {
            return try await asked.ended.answer.get()?[kind]
        } catch {
            if kinds[version]?.number == asked.number { kinds[version] = nil }
            throw error
        }
    }

    private static func answer(_ connection: APIConnection, _ version: String) async -> Result<[String: ServedType]?, ClusterError> {
        do throws(ClusterError) { return .success(try await ask(connection, version)) } catch { return .failure(error) }
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
