import CCurl
import Glibc
import Synchronization

/// The loops that run in this process. When it exits they are ended first: TLS lets go of its memory then, and a thread that is
/// in the middle of a request would use it after that.
enum LoopRegistry {
    private static let running = Mutex<[ObjectIdentifier: CommandQueue]>([:])

    /// Whether libcurl is set up. What is registered last at exit runs first: after libcurl's own, and that of TLS.
    static let isReady: Bool = {
        guard curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK else { return false }
        return atexit { LoopRegistry.endAll() } == 0
    }()

    static func add(_ queue: CommandQueue) { running.withLock { $0[ObjectIdentifier(queue)] = queue } }

    /// Called by a loop when it has let go of everything.
    static func remove(_ queue: CommandQueue) { running.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(queue)) } }

    /// A loop ends within milliseconds; one that is stuck in a system call is not waited for longer than two seconds.
    private static func endAll() {
        for queue in running.withLock({ Array($0.values) }) { queue.close() }
        for _ in 0..<2_000 where !running.withLock(\.isEmpty) { usleep(1_000) }
    }
}
