import TestSupport
import Testing

/// A story told to the command on the tests' cluster, and all it answered; compared as a whole with the file of its name in
/// `Transcripts/`. `KREFORM_WRITE_GOLDEN=1` writes the files anew.
final class Story {
    let site: Site
    private let name: String
    private var text = ""

    init(_ name: String, _ site: Site) {
        self.name = name
        self.site = site
    }

    /// Runs `kreform` with `line`'s words; its outputs and the exit status go into the transcript.
    @discardableResult
    func run(
        _ line: String, as context: ControlPlane.Context = .admin, with kubeconfig: String? = nil
    ) async throws -> Program.Outcome {
        let result = try await site.kreform(line, as: context, kubeconfig: kubeconfig)
        let user = context == .admin ? "" : " --context \(context.rawValue)"
        text += "$ kreform \(tidied(line))\(user)\n" + tidied(result.output) + tidied(result.errors)
        if result.status != 0 { text += "[exit \(result.status)]\n" }
        text += "\n"
        return result
    }

    /// A line on what happens in between.
    func note(_ words: String) { text += "# \(words)\n\n" }

    /// Takes in what was said elsewhere.
    func add(_ said: String) { text += tidied(said) + "\n" }

    func compare(sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(!text.contains(Site.secret), sourceLocation: sourceLocation)
        let folder = #filePath.split(separator: "/").dropLast(2).reduce("") { "\($0)/\($1)" } + "/Transcripts"
        let golden = Golden(path: "\(folder)/\(name).txt")
        #expect(golden.matches(text), "\(text)", sourceLocation: sourceLocation)
    }

    /// The text without what differs from run to run: names, times, uids and what was told while it ran. Paragraphs with a pod in
    /// them are one line, since pods' names are of different lengths.
    private func tidied(_ output: String) -> String {
        var text = output.replacing(site.engine, with: "ENGINE").replacing("127.0.0.1:\(site.plane.port)", with: "SERVER")
        text = text.split(separator: "\n", omittingEmptySubsequences: false).filter { !Self.isProgress($0) }.joined(separator: "\n")
        text = text.replacing(#/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/#, with: "UID")
        text = text.replacing(#/20\d\d-\d\d-\d\dT[0-9:.]+Z/#, with: "MOMENT")
        text = text.replacing(#/\b([0-9]+m)?[0-9]+(\.[0-9]+)?s\b/#, with: "TIME")
        guard text.contains(Self.pod) else { return text }
        var lines: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("  "), let last = lines.last, !last.isEmpty {
                lines[lines.count - 1] = last + " " + line.drop { $0 == " " }
            } else {
                lines.append(String(line))
            }
        }
        return Self.sorted(lines.joined(separator: "\n").replacing(Self.pod, with: "-POD"))
    }

    private static var pod: Regex<(Substring, Substring)> { #/-[a-z0-9]{8,10}-([a-z0-9]{5})\b/# }

    /// Errors that follow one another come in the order they were found in: here by their text.
    private static func sorted(_ text: String) -> String {
        let paragraphs = text.split(separator: "\n\n", omittingEmptySubsequences: false)
        guard let first = paragraphs.firstIndex(where: { $0.hasPrefix("Error: ") }) else { return text }
        let errors = paragraphs[first...].prefix { $0.hasPrefix("Error: ") }
        return (paragraphs[..<first] + errors.sorted() + paragraphs[(first + errors.count)...]).joined(separator: "\n\n")
    }

    /// `  3.2s   Service v1: creating`.
    private static func isProgress(_ line: Substring) -> Bool {
        line.prefixMatch(of: #/ *([0-9]+m)?[0-9]+(\.[0-9]+)?s /#) != nil
    }
}

/// A file that a text is compared with.
struct Golden {
    let path: String

    /// Whether the file's text is this one; it is written anew when that is asked for.
    func matches(_ text: String) -> Bool {
        if Environment.has("KREFORM_WRITE_GOLDEN") { return Environment.write(text, to: path) }
        return String(decoding: contents(of: path), as: UTF8.self) == text
    }
}
