import Synchronization

/// How far an upload is.
package struct S3Progress: Sendable, Hashable {
    /// Bytes that the store had from an earlier try, or that have gone to the connection.
    package let done: Int
    /// Of those, what the store had from an earlier try.
    package let resumed: Int
    package let total: Int

    package init(done: Int, resumed: Int, total: Int) {
        self.done = done
        self.resumed = resumed
        self.total = total
    }
}

/// Adds up what many parts tell, and passes it on.
final class S3Tally: Sendable {
    private let state: Mutex<S3Progress>
    private let report: @Sendable (S3Progress) -> Void

    init(total: Int, _ report: @escaping @Sendable (S3Progress) -> Void) {
        state = Mutex(S3Progress(done: 0, resumed: 0, total: total))
        self.report = report
    }

    func add(_ bytes: Int, resumed: Bool = false) {
        report(state.withLock { state in
            state = S3Progress(done: state.done + bytes, resumed: state.resumed + (resumed ? bytes : 0), total: state.total)
            return state
        })
    }

    /// Starts again: nothing is done.
    func reset() { state.withLock { $0 = S3Progress(done: 0, resumed: 0, total: $0.total) } }
}

/// What one request has sent, so that it can be taken back when the request is made again.
final class S3Sent: Sendable {
    private let count = Mutex(0)
    private let tally: S3Tally

    init(_ tally: S3Tally) { self.tally = tally }

    func add(_ bytes: Int) {
        count.withLock { $0 += bytes }
        tally.add(bytes)
    }

    /// Counts a further attempt from its beginning.
    func restart() {
        let sent = count.withLock { count in
            defer { count = 0 }
            return count
        }
        if sent != 0 { tally.add(-sent) }
    }
}
