import JSON
import Model
import Sandbox
import Synchronization
import TestSupport
import Testing

/// A folder for one test's cluster files, removed with it.
final class SandboxFolder: Sendable {
    private let temporary = TemporaryFolder()

    var file: String { temporary.path + "/sandbox.db" }

    func cluster(
        speed: SandboxSpeed = .instant, faults: SandboxFaults = SandboxFaults(), clock: ManualClock? = nil,
        history: Int = 10_000
    ) throws -> SandboxCluster {
        var options = SandboxCluster.Options(speed: speed, faults: faults, seed: 7, history: history)
        if let clock { options.now = { clock.now } }
        return try SandboxCluster(path: file, options: options)
    }
}

/// A clock that tests move.
final class ManualClock: Sendable {
    private let seconds = Mutex(1_800_000_000.0)

    var now: Double { seconds.withLock { $0 } }

    func advance(_ by: Double) { seconds.withLock { $0 += by } }
}
