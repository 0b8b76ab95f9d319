import ArgumentParser
@preconcurrency import Dispatch
import Glibc
import Synchronization

/// SIGINT and SIGTERM while a plan is carried out: the first asks the run to stop cleanly, the second leaves at once. The
/// journal is right either way.
final class Signals: Sendable {
    private let sources: [any DispatchSourceSignal]
    private let received = Received()

    init(stop: @escaping @Sendable () -> Void) {
        sources = [(SIGINT, Exit.interrupted), (SIGTERM, Exit.terminated)].map { [received] number, code in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler {
                if received.add(number) == 1 { stop() } else { exit(code.rawValue) }
            }
            source.resume()
            return source
        }
    }

    /// The first signal was SIGTERM.
    var isTerminated: Bool { received.first == SIGTERM }

    /// Gives the signals back their default meaning.
    func cancel() {
        for source in sources { source.cancel() }
        signal(SIGINT, SIG_DFL)
        signal(SIGTERM, SIG_DFL)
    }
}

private final class Received: Sendable {
    private let signals = Mutex<[Int32]>([])

    /// How many there are with this one.
    func add(_ number: Int32) -> Int {
        signals.withLock { signals in
            signals.append(number)
            return signals.count
        }
    }

    var first: Int32? { signals.withLock(\.first) }
}
