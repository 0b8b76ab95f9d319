import ArgumentParser
@preconcurrency import Dispatch
import Glibc
import Synchronization

/// SIGINT, SIGTERM and SIGHUP (a terminal that went away, unless nohup had it ignored) while a plan is carried out: the first asks the run to stop cleanly, the second leaves at once. The
/// journal is right either way.
final class Signals: Sendable {
    private let sources: [any DispatchSourceSignal]
    private let received = Received()

    init(stop: @escaping @Sendable () -> Void) {
        sources = Self.codes.filter { !Self.isIgnored($0.key) }.map { [received] number, code in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler {
                if received.add(number) == 1 { stop() } else { Glibc.exit(code.rawValue) }
            }
            source.resume()
            return source
        }
    }

    private static let codes = [SIGINT: Exit.interrupted, SIGTERM: Exit.terminated, SIGHUP: Exit.hungUp]

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        sigaction(number, nil, &action)
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }

    /// How a command ends that the first signal stopped.
    var exit: ExitCode { received.first.flatMap { Self.codes[$0] } ?? Exit.interrupted }

    /// Gives the signals back their default meaning.
    func cancel() {
        for source in sources { source.cancel() }
        for number in Self.codes.keys where !sources.isEmpty { signal(number, SIG_DFL) }
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
