import JSON
import Model
import Synchronization
import Views

/// Prints an apply's events as they come: lines, or JSON, and on a terminal a part below them that is redrawn.
final class ProgressDisplay: Sendable {
    private struct Screen {
        var progress: ApplyProgress
        /// Lines of the frame that stand on the screen now.
        var drawn = 0
        var isFinished = false
        let began = ContinuousClock.now
    }

    private let plan: Plan
    private let console: Console
    private let json: Bool
    private let screen: Mutex<Screen>

    init(plan: Plan, console: Console, json: Bool) {
        self.plan = plan
        self.console = console
        self.json = json
        screen = Mutex(Screen(
            progress: ApplyProgress(plan: plan, style: console.style, hasFrame: console.isTerminal)))
        guard isDrawn else { return }
        Task { [weak self] in
            while let display = self, display.redraw() { try? await Task.sleep(for: .milliseconds(100)) }
        }
    }

    private var isDrawn: Bool { console.isTerminal && !json }

    func show(_ event: ApplyEvent) {
        screen.withLock { screen in
            if json {
                console.out(EventJSON.value(event, plan: plan).encoded() + "\n")
                return
            }
            let lines = screen.progress.take(event)
            guard !lines.isEmpty else { return }
            console.out(erasing(&screen) + lines.map { $0 + "\n" }.joined() + frame(&screen))
        }
    }

    /// Takes the frame away; nothing is drawn any more.
    func finish() {
        screen.withLock { screen in
            screen.isFinished = true
            let text = erasing(&screen)
            if !text.isEmpty { console.out(text) }
        }
    }

    /// False when it is over.
    private func redraw() -> Bool {
        screen.withLock { screen in
            guard !screen.isFinished else { return false }
            let text = erasing(&screen) + frame(&screen)
            if !text.isEmpty { console.out(text) }
            return true
        }
    }

    /// Cursor up over the frame, and clear to the end of the screen (ECMA-48 CUU and ED).
    private func erasing(_ screen: inout Screen) -> String {
        defer { screen.drawn = 0 }
        return screen.drawn > 0 ? "\u{1B}[\(screen.drawn)A\u{1B}[J" : ""
    }

    private func frame(_ screen: inout Screen) -> String {
        guard isDrawn, !screen.isFinished else { return "" }
        let elapsed = (ContinuousClock.now - screen.began) / .seconds(1)
        let lines = screen.progress.frame(now: elapsed, height: min(Console.height - 2, 12))
        screen.drawn = lines.count
        return lines.map { $0 + "\n" }.joined()
    }
}
