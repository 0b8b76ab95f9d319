import ArgumentParser
@preconcurrency import Dispatch
import Glibc
import Synchronization

/// SIGINT and SIGTERM while a plan is carried out: the first asks the run to stop cleanly, the second leaves at once. The
/// journal is right either way.
final class Signals: Sendable {
    private let sources: [any DispatchSourceSignal]

    init(stop: @escaping @Sendable () -> Void) {
        let received = SignalCount()
        sources = [(SIGINT, Exit.interrupted), (SIGTERM, Exit.terminated)].map { number, code in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler {
                if received.next() == 1 { stop() } else { exit(code.rawValue) }
            }
            source.resume()
            return source
        }
    }

    /// Gives the signals back their default meaning.
    func cancel() {
        for source in sources { source.cancel() }
        signal(SIGINT, SIG_DFL)
        signal(SIGTERM, SIG_DFL)
    }
}

private final class SignalCount: Sendable {
    private let count = Atomic<Int>(0)

    func next() -> Int { count.add(1, ordering: .sequentiallyConsistent).newValue }
}
