import Model
import Schema

/// What all files say together.
struct JoinedFiles {
    let engine: String?
    let domain: String?
    let clusterContext: Located<String>?
    let artifacts: DeclaredStore?
    let defaults: DeclaredWorkload?
    let rollout: Rollout?
    let runtimes: [DeclaredRuntime]

    /// - Parameter isComplete: whether every file could be read; if not, what is absent may stand in the others.
    init(_ files: [DeclaredFile], isComplete: Bool, report: inout Report) {
        var singles: [String: SourceSpan] = [:]
        var runtimes: [String: DeclaredRuntime] = [:]
        var order: [DeclaredRuntime] = []
        for file in files {
            for key in file.singles {
                guard let first = singles[key.value] else {
                    singles[key.value] = key.span
                    continue
                }
                report.add(
                    code: "second-\(key.value)", summary: "\(Wording.code(key.value)) is given in two files",
                    detail: "It is already given at \(first). All files are one state; keep it in one of them.",
                    at: key.span)
            }
            for runtime in file.runtimes.map(\.value) {
                guard let first = runtimes[runtime.name.value] else {
                    runtimes[runtime.name.value] = runtime
                    order.append(runtime)
                    continue
                }
                report.add(
                    code: "duplicate-runtime", summary: "There are two runtimes \(Wording.code(runtime.name.value))",
                    detail: "The first is at \(first.name.span). Rename one of them, or join their versions.",
                    at: runtime.name.span)
            }
        }
        if let head = files.first?.head, isComplete, !files.contains(where: \.meansEngine) {
            report.add(
                code: "missing-key", summary: "`engine` is missing",
                detail: "Name the engine at the top of \(files.count > 1 ? "one of the files" : "the file"): "
                    + "`engine: NAME`. The name identifies its state and its objects in the cluster.", at: head)
        }
        engine = files.lazy.compactMap(\.engine).first?.value
        domain = files.lazy.compactMap(\.domain).first?.value
        clusterContext = files.lazy.compactMap(\.cluster).first.flatMap(\.value)
        artifacts = files.lazy.compactMap(\.artifacts).first.flatMap(\.value)
        defaults = files.lazy.compactMap(\.defaults).first?.value
        rollout = files.lazy.compactMap(\.rollout).first
        self.runtimes = order
    }
}
