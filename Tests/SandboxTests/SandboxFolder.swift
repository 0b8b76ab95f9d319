import Glibc
import JSON
import Model
import Sandbox
import Synchronization
import Testing

/// A folder for one test's cluster files, removed with it.
final class SandboxFolder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/kreform-sandbox-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw POSIXFault(code: errno) }
        path = String(cString: made)
    }

    deinit {
        for suffix in ["", "-wal", "-shm", "-journal"] { unlink(file + suffix) }
        rmdir(path)
    }

    var file: String { path + "/sandbox.db" }

    func cluster(
        speed: SandboxSpeed = .instant, faults: SandboxFaults = SandboxFaults(), clock: ManualClock? = nil,
        history: Int = 10_000
    ) throws -> SandboxCluster {
        var options = SandboxCluster.Options(speed: speed, faults: faults, seed: 7, history: history)
        if let clock { options.now = { clock.now } }
        return try SandboxCluster(path: file, options: options)
    }
}

struct POSIXFault: Error { let code: Int32 }

/// A clock that tests move.
final class ManualClock: Sendable {
    private let seconds = Mutex(1_800_000_000.0)

    var now: Double { seconds.withLock { $0 } }

    func advance(_ by: Double) { seconds.withLock { $0 += by } }
}
