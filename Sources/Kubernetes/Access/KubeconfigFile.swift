import Files
import Model
import Schema
import YAML

/// One kubeconfig, read as far as the names in it: an entry is looked at only when it is chosen, so that a fault of one
/// context is no matter to the others.
struct KubeconfigFile: Sendable {
    enum Section: String, Sendable, CaseIterable {
        case contexts, clusters, users

        /// `context` for `contexts`.
        var noun: String { String(rawValue.dropLast()) }
    }

    struct Entry: Sendable {
        let name: Located<String>
        /// The mapping under `context`, `cluster` or `user`; nil when there is none.
        let body: YAMLNode?
    }

    let path: String
    /// Where its relative paths begin.
    let folder: String
    private(set) var currentContext: Located<String>?
    private(set) var reading: SchemaReading
    private var entries: [Section: [Entry]] = [:]
    private var secrets: [YAMLRange] = []
    /// Whether the file is such that its lines cannot be shown safely.
    private var isUnreadable = false

    init(path: String, bytes: [UInt8]) {
        self.path = path
        folder = FilePath.folder(of: path)
        reading = SchemaReading(file: path, bytes: bytes, subject: "the kubeconfig")
        guard let root = reading.parse() else {
            isUnreadable = true
            return
        }
        let secrets = KubeconfigSecrets(in: root).nodes
        for node in secrets { reading.conceal(node) }
        self.secrets = secrets.map(\.range)
        // `KUBECONFIG=/dev/null` is a way to have none.
        guard !root.isNull, let values = reading.read(root, as: KubeconfigKeys.file)?.value else { return }
        if let kind = values[KubeconfigKeys.kind], kind.value != "Config" {
            reading.report(
                code: "not-kubeconfig", summary: "This is no kubeconfig, but an object of the kind \(Wording.code(kind.value))",
                detail: "A kubeconfig has the kind `Config`.", at: kind.span)
            return
        }
        currentContext = values[KubeconfigKeys.currentContext].flatMap { $0.value.isEmpty ? nil : $0 }
        entries[.contexts] = found(values.value(KubeconfigKeys.contexts), .contexts)
        entries[.clusters] = found(values.value(KubeconfigKeys.clusters), .clusters)
        entries[.users] = found(values.value(KubeconfigKeys.users), .users)
    }

    private func found(_ items: [Located<YAMLNode>]?, _ section: Section) -> [Entry] {
        (items ?? []).compactMap { item in
            guard let node = item.value["name"], let name = node.scalar?.text, !node.isNull, !name.isEmpty else { return nil }
            return Entry(name: Located(name, at: reading.source.span(node.range)), body: item.value[section.noun])
        }
    }

    /// All that are called `name`; more than one is a fault.
    func entries(_ section: Section, named name: String) -> [Entry] {
        (entries[section] ?? []).filter { $0.name.value == name }
    }

    func names(_ section: Section) -> [String] { (entries[section] ?? []).map(\.name.value) }

    mutating func read<Value>(_ node: YAMLNode, as shape: Shape<Value>, called subject: String) -> Value? {
        reading.read(node, as: shape, called: subject)?.value
    }

    mutating func report(
        _ severity: Diagnostic.Severity = .error, code: String, summary: String, detail: String = "", at span: SourceSpan
    ) {
        reading.report(severity, code: code, summary: summary, detail: detail, at: span)
    }

    // MARK: What is wrong

    /// Everything found so far, secrets in the lines shown covered.
    var diagnostics: [Diagnostic] {
        reading.diagnostics.map { found in
            Diagnostic(
                found.severity, code: found.code, summary: found.summary, detail: found.detail, span: found.span,
                excerpt: found.excerpt.flatMap(covered), address: found.address)
        }
    }

    private func covered(_ line: SourceLine) -> SourceLine? {
        // What is not YAML has no places to cover.
        if isUnreadable { return Self.isHarmless(line.text) ? line : nil }
        let ranges = secrets.filter { $0.start.line <= line.number && line.number <= $0.end.line }
        guard !ranges.isEmpty else { return line }
        var scalars = Array(line.text.unicodeScalars)
        for range in ranges {
            let first = range.start.line == line.number ? max(0, range.start.column - 1) : 0
            let last = range.end.line == line.number ? min(range.end.column - 1, scalars.count) : scalars.count
            for index in first..<max(first, last) where scalars[index] != " " { scalars[index] = "•" }
        }
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return SourceLine(number: line.number, text: String(text))
    }

    /// Whether a line begins with a key whose value is nothing secret, and holds no other.
    private static func isHarmless(_ line: String) -> Bool {
        let words = line.drop { $0 == " " || $0 == "\t" || $0 == "-" }
        let key = words.prefix { $0 != ":" && $0 != " " }
        return harmless.contains(String(key)) && !words.contains("{") && !words.contains("@")
    }

    private static let harmless: Set<String> = [
        "apiVersion", "kind", "current-context", "contexts", "context", "clusters", "cluster", "users", "name",
        "namespace", "server", "certificate-authority", "insecure-skip-tls-verify", "tls-server-name", "client-certificate",
        "client-key", "tokenFile", "exec", "command", "interactiveMode", "provideClusterInfo", "preferences",
    ]
}
