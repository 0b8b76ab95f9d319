import Glibc
import Model

/// Questions to whoever sits at the terminal.
extension Console {
    /// Whether somebody can be asked.
    static var canAsk: Bool { isatty(STDIN_FILENO) == 1 }

    /// Asks, and gives the line that was answered; nil when the input ended instead.
    func answer(to question: String) -> String? {
        out(question)
        let answer = readLine()
        if answer == nil { out("\n") }
        return answer
    }

    /// Says that nobody can be asked; `look` is what can be done first, up to "again".
    func refuseToAsk(_ look: String = "Nothing was changed. To do this, run it") {
        error([Diagnostic(
            code: "no-terminal", summary: "There is no terminal to ask for approval", detail: "\(look) again with --auto-approve.")])
    }
}
