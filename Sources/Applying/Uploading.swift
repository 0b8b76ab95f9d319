import Model
import Synchronization

/// Brings one package to the store, for a step.
enum Uploading {
    enum Outcome: Sendable {
        case done
        /// The run was asked to stop; what has arrived is kept.
        case stopped
        case failed(Diagnostic)
    }

    /// - Parameter ending: when it is requested the upload ends, and the next run goes on from there.
    static func put(
        _ package: PackageUpload, in store: any PackageStore, until ending: StopSignal, step: Step.ID, _ events: EventLog
    ) async -> Outcome {
        let pace = UploadPace()
        return await withTaskGroup(of: Outcome?.self) { group in
            group.addTask {
                do throws(Diagnostic) {
                    try await store.put(package) { progress in
                        if pace.lets(progress, at: events.elapsed) { events.write(.uploadProgress(step, progress)) }
                    }
                    return .done
                } catch {
                    return .failed(error)
                }
            }
            group.addTask {
                await ending.requested()
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            if let first { return first }
            // It may have come to its end all the same.
            if case .done = await group.next() ?? nil { return .done }
            return .stopped
        }
    }
}

/// Lets two tellings a second through, and the last.
private final class UploadPace: Sendable {
    private let last = Mutex(-Double.infinity)

    func lets(_ progress: UploadProgress, at now: Double) -> Bool {
        last.withLock { last in
            guard now - last >= 0.5 || progress.done == progress.total else { return false }
            last = now
            return true
        }
    }
}

extension Diagnostic {
    /// A plan that was made for a file which named a store.
    static func noStore(_ upload: PackageUpload) -> Diagnostic {
        Diagnostic(
            code: "no-store", summary: "There is no store for the package \(upload.path)",
            detail: "The plan brings it to \(upload.place), and the desired state names no store any more. Plan again.")
    }
}
