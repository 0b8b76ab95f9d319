import Glibc
import Model
import Views

/// Where the command writes: text for people to standard output, complaints to standard error, each dressed for its own kind
/// of file.
struct Console: Sendable {
    let style: Style
    let errorStyle: Style
    let isTerminal: Bool

    /// Reads the environment and the terminal, once.
    static func standard(_ choice: ColorChoice) -> Console {
        let environment = ProcessEnvironment.variables
        let isTerminal = isatty(STDOUT_FILENO) == 1
        func style(_ descriptor: Int32) -> Style {
            let terminal = isatty(descriptor) == 1
            let colored = Style.isColored(choice: choice, environment: environment, isTerminal: terminal)
            return Style(colored: colored, width: terminal ? min(width(of: descriptor), 120) : 80)
        }
        return Console(
            style: style(STDOUT_FILENO), errorStyle: style(STDERR_FILENO),
            isTerminal: isTerminal && environment["TERM"] != "dumb")
    }

    func out(_ text: String) { Self.write(text, to: STDOUT_FILENO) }

    func error(_ text: String) { Self.write(text, to: STDERR_FILENO) }

    /// To standard error, as people read them.
    func error(_ diagnostics: [Diagnostic]) {
        error(DiagnosticsText.render(diagnostics, style: errorStyle))
    }

    /// Lines and columns of the terminal; 24 lines when it does not say.
    static var height: Int { size(of: STDOUT_FILENO).map { Int($0.ws_row) }.flatMap { $0 > 0 ? $0 : nil } ?? 24 }

    private static func width(of descriptor: Int32) -> Int {
        size(of: descriptor).map { Int($0.ws_col) }.flatMap { $0 > 0 ? $0 : nil } ?? 80
    }

    private static func size(of descriptor: Int32) -> winsize? {
        var size = winsize()
        return ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 ? size : nil
    }

    /// Writes all of it. A reader that went away (a closed pipe) is not an error worth words.
    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                return
            }
            bytes = bytes.dropFirst(written)
        }
    }
}

/// The environment, read once.
enum ProcessEnvironment {
    static let variables: [String: String] = {
        var variables: [String: String] = [:]
        var entry = environ
        while let pointer = entry.pointee {
            let text = String(cString: pointer)
            if let equals = text.firstIndex(of: "=") {
                variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            entry += 1
        }
        return variables
    }()
}
