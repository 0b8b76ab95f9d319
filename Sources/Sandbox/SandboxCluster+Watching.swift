import JSON
import Model

extension SandboxCluster {
    /// How long a watch sleeps at most before it looks whether another process has changed something.
    private static let interval = 0.05

    package nonisolated func watch(
        _ query: ObjectQuery, after resourceVersion: String
    ) -> AsyncThrowingStream<WatchEvent, any Error> {
        AsyncThrowingStream { continuation in
            let task = Task {
                do throws(ClusterError) {
                    try await follow(query, after: resourceVersion, continuation)
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    private func follow(
        _ query: ObjectQuery, after resourceVersion: String,
        _ continuation: AsyncThrowingStream<WatchEvent, any Error>.Continuation
    ) async throws(ClusterError) {
        if let fault = await faultOfWatch(query) { throw fault }
        guard var position = Int(resourceVersion) else {
            throw ClusterError(
                .invalid(fields: ["resourceVersion"]), "Invalid value: \"\(resourceVersion)\": invalid resource version"
            )
        }
        while !Task.isCancelled {
            let (events, due) = try news(of: query, after: &position)
            for event in events { continuation.yield(event) }
            await pause(seconds: max(0.001, min(Self.interval, due)))
        }
    }

    /// What a watch has not yet told, and the seconds until something happens next by itself.
    private func news(
        of query: ObjectQuery, after position: inout Int
    ) throws(ClusterError) -> (events: [WatchEvent], due: Double) {
        let world = try look()
        guard let kind = world.served(query.type) else { throw .noSuchResource() }
        let events = try changes(after: position)
        let seen = events.compactMap { event in
            event.object.address.kind == kind.kind && event.object.address.group == kind.group ? query.sees(event) : nil
        }
        position = events.last?.version ?? position
        return (seen, world.nextDue.map { $0 - options.now() } ?? Self.interval)
    }
}

extension ObjectQuery {
    /// How a watch with this query sees a change; nil when it does not concern it.
    func sees(_ event: WorldEvent) -> WatchEvent? {
        if let namespace, namespace != event.object.address.namespace { return nil }
        let (before, after) = (selects(event.oldLabels), selects(event.object.metadata["labels"]))
        switch event.kind {
        case .added: return after ? .added(event.object) : nil
        case .deleted: return before ? .deleted(event.object) : nil
        case .modified:
            switch (before, after) {
            case (true, true): return .modified(event.object)
            case (false, true): return .added(event.object)
            case (true, false): return .deleted(event.object)
            case (false, false): return nil
            }
        }
    }
}
