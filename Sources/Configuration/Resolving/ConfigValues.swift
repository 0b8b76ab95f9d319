import Files
import Model
import Schema

/// Reads configuration values from where the file says they come from.
struct ConfigValues {
    let environment: [String: String]
    /// Where values stand into which a sensitive variable was filled, by file.
    let sensitive: [String: Set<SourcePosition>]

    /// A file of this size cannot become an environment variable in any case.
    private static let limit = 1 << 20

    /// Nil, with a report, when there is none to be had.
    func value(of entry: ShapeEntry<ConfigSource>, _ report: inout Report) -> ConfigValue? {
        switch entry.value.value {
        case .unreadable:
            return nil
        case .secret(let name, let key):
            return .secret(name: name, key: key)
        case .text(let text, let isSensitive):
            let filled = sensitive[text.span.file]?.contains(text.span.start) ?? false
            return isSensitive || filled ? .sensitive(SensitiveValue(text.value)) : .plain(text.value)
        case .environment(let name):
            guard let text = environment[name.value] else {
                report.add(
                    code: "missing-environment",
                    summary: "The environment variable \(Wording.code(name.value)) is not set",
                    detail: "\(Wording.code(entry.name.value)) takes its value from it. Set it where kreform runs: "
                        + "`export \(name.value)=…`.", at: name.span)
                return nil
            }
            return .sensitive(SensitiveValue(text))
        case .file(let path):
            return file(path, for: entry.name.value, &report)
        }
    }

    private func file(_ path: Located<String>, for name: String, _ report: inout Report) -> ConfigValue? {
        let found = FilePath.join(FilePath.folder(of: path.span.file), path.value)
        let bytes: [UInt8]
        do throws(LocalFile.Failure) {
            bytes = try LocalFile.readRegular(found, limit: Self.limit)
        } catch {
            report.add(
                code: error.isAbsent ? "file-not-found" : "unreadable-file",
                summary: error.isAbsent
                    ? "There is no file \(Wording.path(found))"
                    : "The file \(Wording.path(found)) cannot be read: \(error.reason)",
                detail: error.isAbsent
                    ? LocalFile.near(found).map { "Did you mean \(Wording.path($0))?" }
                        ?? "The path is relative to \(Wording.path(path.span.file))." : "",
                at: path.span)
            return nil
        }
        guard !bytes.contains(0), String(validating: bytes, as: UTF8.self) != nil else {
            report.add(
                code: "binary-file", summary: "The file \(Wording.path(found)) is not UTF-8 text",
                detail: "Nodes get \(Wording.code(name)) as an environment variable, which holds text. Put binary "
                    + "files into the package, or encode them, for example in base64.", at: path.span)
            return nil
        }
        return .sensitive(SensitiveValue(bytes: bytes))
    }
}
