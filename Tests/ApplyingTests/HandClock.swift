import Applying
import Model
import Synchronization

/// Time that passes when a test lets it.
final class HandClock: Sendable {
    private struct Waits {
        var asked: [Double] = []
        var now = Timestamp(seconds: 0)
    }

    private let waits = Mutex(Waits())
    let isOver = StopSignal()
    let began = StopSignal()

    var asked: [Double] { waits.withLock(\.asked) }

    func set(_ now: Timestamp) { waits.withLock { $0.now = now } }

    var clock: RunClock {
        RunClock(now: { self.waits.withLock(\.now) }, pass: { time, stop in
            self.waits.withLock { $0.asked.append(time) }
            self.began.request()
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.isOver.requested() }
                group.addTask { await stop.requested() }
                await group.next()
                group.cancelAll()
            }
        })
    }
}
