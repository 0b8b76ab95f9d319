import Model
import Schema

/// Several kubeconfigs read as one: of two entries with one name, and of two current contexts, the first is taken
/// (https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files).
struct Kubeconfig: Sendable {
    /// Those that were there.
    private(set) var files: [KubeconfigFile] = []

    init(_ files: [KubeconfigFile]) { self.files = files }

    /// An entry, and the file it is in by its number.
    struct Place: Sendable {
        let file: Int
        let entry: KubeconfigFile.Entry
    }

    /// The current context and its file's number.
    var current: (name: Located<String>, file: Int)? {
        files.indices.lazy.compactMap { index in files[index].currentContext.map { ($0, index) } }.first
    }

    var isEmpty: Bool { current == nil && names(.contexts).isEmpty }

    /// Sorted, each once.
    func names(_ section: KubeconfigFile.Section) -> [String] { Set(files.flatMap { $0.names(section) }).sorted() }

    /// The entry that is meant by `name`; two in one file are reported.
    mutating func place(of name: String, _ section: KubeconfigFile.Section) -> Place? {
        for index in files.indices {
            let found = files[index].entries(section, named: name)
            guard let first = found.first else { continue }
            if found.count > 1 {
                files[index].report(
                    code: "duplicate-name", summary: "There are two \(section) \(Wording.code(name)) in this file",
                    detail: "The first is on line \(first.name.span.start.line). Remove or rename one of them.",
                    at: found[1].name.span)
            }
            return Place(file: index, entry: first)
        }
        return nil
    }

    mutating func change<Result>(_ file: Int, _ body: (inout KubeconfigFile) -> Result) -> Result { body(&files[file]) }

    /// Of all files, sorted.
    var diagnostics: [Diagnostic] { files.flatMap(\.diagnostics).sorted() }

    /// The files, as `` `FILE` and `FILE` ``.
    var words: String {
        let paths = files.map { Wording.path($0.path) }
        return paths.count < 2 ? paths.first ?? "" : paths.dropLast().joined(separator: ", ") + " and " + paths[paths.count - 1]
    }

    /// What names there are to choose from, after what was probably meant by `name`.
    func advice(for name: String?, _ section: KubeconfigFile.Section, limit: Int = 20) -> String {
        let names = names(section)
        let near = name.flatMap { didYouMean($0, among: names) }.map { $0 + " " } ?? ""
        guard !names.isEmpty else { return "There are no \(section)." }
        if names.count == 1 { return near + "The only one is \(Wording.list(names))." }
        let more = names.count > limit ? " and \(names.count - limit) more" : ""
        let shown = more.isEmpty
            ? Wording.list(names) : names.prefix(limit).map { Wording.code($0) }.joined(separator: ", ") + more
        return near + "The \(section) are \(shown)."
    }
}
