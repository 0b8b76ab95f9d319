import Digest
import Model

/// What a rebuild of the state found, and what it could not.
package enum RebuildText {
    /// `flags` are those of the command, each after a space: those of the next one.
    package static func render(_ report: RebuildReport, flags: String, style: Style) -> String {
        guard !report.runtimes.isEmpty else {
            return "Nothing in cluster \(report.cluster.name) bears the labels of engine \(report.engine): the state "
                + "\(report.path) is empty.\n"
        }
        var lines = ["Engine \(style.bold(report.engine)) in cluster \(style.bold(report.cluster.name))", ""]
        lines += Layout.table(rows(report)) { row, column, cell in
            row == 0 ? style.dim(cell) : column == 2 && cell == "published" ? style.green(cell) : cell
        }
        lines += [""] + Layout.table([["KIND", "OBJECTS"]] + report.kinds.map { ["\($0.type)", "\($0.count)"] }) { row, _, cell in
            row == 0 ? style.dim(cell) : cell
        }
        let notes = notes(report)
        lines += [""] + notes.flatMap { note in
            Layout.wrapped(note, width: style.width - 2).enumerated().map { ($0.offset == 0 ? "- " : "  ") + $0.element }
        }
        let objects = report.kinds.reduce(0) { $0 + $1.count }
        lines += ["", "\(style.green(style.bold("State rebuilt!"))) \(Layout.count(objects, "object")) recorded in \(report.path)."]
        lines.append("To see what is left to do:  kreform plan\(flags)")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func rows(_ report: RebuildReport) -> [[String]] {
        var rows = [["RUNTIME", "VERSION", "STATUS", "OBJECTS", "PACKAGE"]]
        for runtime in report.runtimes {
            let lock = runtime.record.protected ? " (protected)" : ""
            rows.append([runtime.record.address.runtime + lock, "", "", "\(runtime.objects)", ""])
            for version in runtime.versions {
                let status = version.isUnfinished ? "unfinished" : version.record.status?.rawValue ?? ""
                rows.append(["", version.name, status, "\(version.objects)", version.record.packageDigest?.short ?? ""])
            }
        }
        return rows
    }

    private static func notes(_ report: RebuildReport) -> [String] {
        let versions = report.runtimes.flatMap { runtime in runtime.versions.map { (runtime, $0) } }
        func named(_ chosen: (RebuiltRuntime, RebuiltVersion) -> Bool) -> [String] {
            versions.filter(chosen).map { "\($0.record.address.runtime)/\($1.name)" }
        }
        var notes: [String] = []
        let gone = report.runtimes.filter { !$0.isWanted }.map(\.record.address.runtime)
            + named { runtime, version in runtime.isWanted && !version.isWanted }
        if !gone.isEmpty { notes.append("Not in the files any more: \(gone.joined(separator: ", ")). The next apply removes them.") }
        let unfinished = named { _, version in version.isUnfinished }
        if !unfinished.isEmpty { notes.append("Cut off while started or stopped: \(unfinished.joined(separator: ", ")).") }
        let silent = named { _, version in version.isFromFile }
        if !silent.isEmpty {
            notes.append(
                "Known from the files alone: \(silent.joined(separator: ", ")). A stopped version leaves nothing in the cluster.")
        }
        if !report.differing.isEmpty {
            notes.append("\(Layout.count(report.differing.count, "object")) not as the files say; the plan shows how.")
        }
        notes.append("Not in the cluster, and gone: the history of runs and their comments.")
        return notes
    }
}
