import Glibc
import Testing

/// A story told to the command, and all it answered; compared as a whole with the file of its name in `Transcripts/`.
/// `KREFORM_WRITE_GOLDEN=1` writes the files anew.
final class Transcript {
    let folder = Folder()
    private let name: String
    private var text = ""
    /// Everything that was said, as it was.
    private(set) var all = ""
    /// Digits at the ends of Secrets' names, as they came up: they are under a key that is made anew for each state.
    private var keyed: [String] = []

    init(_ name: String) { self.name = name }

    /// Runs `kreform` with `line`'s words; every output and the exit status go into the transcript.
    @discardableResult
    func run(_ line: String, environment: [String: String] = [:], input: Int32? = nil) throws -> Command {
        let result = try Command.run(
            line.split(separator: " ").map(String.init), in: folder, environment: environment, input: input)
        take(result, of: line)
        return result
    }

    /// What a run that was started answered.
    func take(_ result: Command, of line: String) {
        all += result.output + result.errors
        text += "$ kreform \(unkeyed(line))\n" + tidied(unkeyed(result.output)) + tidied(unkeyed(result.errors))
        if result.status != 0 { text += "[exit \(result.status)]\n" }
        text += "\n"
    }

    /// A line on what happens in between.
    func note(_ words: String) { text += "# \(words)\n\n" }

    func compare(sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(!text.contains(Command.secret), sourceLocation: sourceLocation)
        let file = "\(Folder.project)/Tests/EndToEndTests/Transcripts/\(name).txt"
        if getenv("KREFORM_WRITE_GOLDEN") != nil { return Folder.write(text, to: file) }
        #expect(text == Folder.read(file), sourceLocation: sourceLocation)
    }

    /// The text with a number in place of each digest under a state's key: `secret0001`.
    private func unkeyed(_ output: String) -> String {
        for match in output.matches(of: #/Secret[ \/]([a-z0-9-]+\/)?[a-z0-9-]+-krt-conf-([0-9a-f]{10})\b/#) {
            let digits = String(match.output.2)
            if !keyed.contains(digits) { keyed.append(digits) }
        }
        return keyed.enumerated().reduce(output) { text, one in
            text.replacing("-krt-conf-\(one.element)", with: "-krt-conf-secret\("000\(one.offset + 1)".suffix(4))")
        }
    }

    /// The text without what differs from run to run: times, uids, and the order of what runs side by side.
    private func tidied(_ output: String) -> String {
        guard !output.isEmpty else { return "" }
        var lines: [String] = []
        var side: [String] = []
        func settle() {
            lines += side.sorted()
            side = []
        }
        for line in output.split(separator: "\n", omittingEmptySubsequences: false).dropLast(output.hasSuffix("\n") ? 1 : 0) {
            let words = line.split(separator: " ", omittingEmptySubsequences: false)
            let isProgress = line.hasPrefix("  ") && words.first { !$0.isEmpty }.map { isTime($0) } == true
            let text = words.map { word -> String in
                if word.contains("hmac-sha256:") { return "DIGEST" }
                if words.first == "resourceVersion", word.allSatisfy(\.isNumber), !word.isEmpty { return "VERSION" }
                return isTime(word) ? "TIME" : isUUID(word) ? "UID" : isMoment(word) ? "MOMENT" : pod(String(word))
            }
            .joined(separator: " ")
            if isProgress {
                // What is waited for is a matter of luck.
                if !text.contains(": waiting: ") { side.append(text.drop { $0 == " " }.description) }
            } else {
                settle()
                lines.append(text)
            }
        }
        settle()
        return lines.map { $0 + "\n" }.joined()
    }

    /// `0.1s`, `12.0s;` or `1m03s`.
    private func isTime(_ word: Substring) -> Bool {
        let word = word.hasSuffix(";") || word.hasSuffix(",") ? word.dropLast() : word
        return word.hasSuffix("s") && word.first?.isNumber == true
            && word.dropLast().allSatisfy { $0.isNumber || $0 == "." || $0 == "m" }
    }

    private func isUUID(_ word: Substring) -> Bool {
        let core = word.filter { !"(),.\"".contains($0) }
        return core.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12]
    }

    private func isMoment(_ word: Substring) -> Bool {
        let core = word.drop { $0 == "(" }
        return core.hasPrefix("20") && core.contains("T") && core.contains("Z")
    }

    /// Pods have made-up names: `(pod x-6d4b-2xk9z)`.
    private func pod(_ word: String) -> String {
        let end = word.hasSuffix(":") ? "):" : ")"
        guard word.hasSuffix(end), word.split(separator: "-").count > 3, !word.contains("("), !word.contains("-conf-")
        else { return word }
        return word.split(separator: "-").dropLast(2).joined(separator: "-") + "-POD" + end
    }
}

/// Waits until `condition` holds; false when it does not within so many seconds.
func holds(within seconds: Double = 30, _ condition: () -> Bool) -> Bool {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    let end = Double(now.tv_sec) + seconds
    while !condition() {
        clock_gettime(CLOCK_MONOTONIC, &now)
        guard Double(now.tv_sec) < end else { return false }
        usleep(5000)
    }
    return true
}
