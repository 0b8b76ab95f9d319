import Synchronization

/// Asks a run to stop: nothing new starts, and what runs is finished. May be asked from any thread, at any time, more than once.
package final class StopSignal: Sendable {
    private struct Listeners {
        var isRequested = false
        var all: [Int: AsyncStream<Void>.Continuation] = [:]
        var next = 0
    }

    private let listeners = Mutex(Listeners())

    package init() {}

    package var isRequested: Bool { listeners.withLock(\.isRequested) }

    package func request() {
        let all = listeners.withLock { listeners in
            listeners.isRequested = true
            defer { listeners.all = [:] }
            return listeners.all.values
        }
        for continuation in all { continuation.finish() }
    }

    /// Returns when it is requested, or when the task is cancelled.
    package func requested() async {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        let id: Int? = listeners.withLock { listeners in
            guard !listeners.isRequested else { return nil }
            listeners.next += 1
            listeners.all[listeners.next] = continuation
            return listeners.next
        }
        guard let id else { return }
        for await _ in stream {}
        _ = listeners.withLock { $0.all.removeValue(forKey: id) }
    }

    /// Returns after so many seconds, or earlier: when it is requested, or when the task is cancelled.
    package func requested(within seconds: Double) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.requested() }
            group.addTask { try? await Task.sleep(for: .seconds(seconds)) }
            await group.next()
            group.cancelAll()
        }
    }
}
