import Synchronization

/// Whether a run has come to where nothing is under way but waiting for Services: no pods will be made any more by it.
final class RunQuiet: Sendable {
    private let flag = Atomic<Bool>(false)

    var isQuiet: Bool { flag.load(ordering: .relaxed) }

    func set(_ isQuiet: Bool) { flag.store(isQuiet, ordering: .relaxed) }
}
