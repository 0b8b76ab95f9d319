import Digest
import JSON
import Model

/// The packages of a store as people read them.
package enum StoreText {
    /// All packages with who refers to each, store by store.
    package static func list(_ reports: [StoreReport], style: Style) -> String {
        guard !reports.isEmpty else { return "The files name no runtime with a store.\n" }
        return reports.filter { $0.fault == nil }.map { list($0, style: style) }.joined(separator: "\n")
    }

    private static func list(_ report: StoreReport, style: Style) -> String {
        guard !report.entries.isEmpty else { return "There are no packages in \(report.store).\n" }
        let nobody = report.isComplete ? "nobody" : "unknown"
        var rows = [["PACKAGE", "SIZE", "STORED", "USED BY"]]
        for entry in report.entries {
            rows.append([
                entry.package.digest.short, Layout.bytes(entry.package.size), entry.package.modified,
                entry.users.isEmpty ? nobody : entry.users.joined(separator: ", "),
            ])
        }
        let table = Layout.table(rows) { row, column, cell in
            row == 0 ? style.dim(cell) : column == 3 && cell == nobody ? style.yellow(cell) : cell
        }
        let heading = report.runtime.map { ["Runtime \(style.bold($0)):", ""] } ?? []
        let end = report.isComplete ? [] : ["", stranger(report)]
        return (heading + table + end).joined(separator: "\n") + "\n"
    }

    private static func stranger(_ report: StoreReport) -> String {
        "The state does not know the runtime \(report.runtime ?? ""), so who else refers to its packages is not known. "
            + "`kreform state rebuild` finds out."
    }

    /// What `artifacts prune` would remove.
    package static func plan(_ reports: [StoreReport], style: Style) -> String {
        let unused = reports.flatMap(\.unused)
        let strangers = reports.filter { !$0.isComplete && !$0.entries.isEmpty }.map { stranger($0) + "\n" }.joined()
        guard !unused.isEmpty else {
            let known = reports.filter { $0.isComplete && $0.fault == nil }
            let place = known.count == 1 ? known[0].store : "the runtimes' stores"
            let why = known.isEmpty ? "" : " Some state refers to every package of \(place)."
            return "\(style.green(style.bold("Nothing to remove.")))\(why)\n\(strangers)"
        }
        let lines = reports.filter { !$0.unused.isEmpty }.flatMap { report in
            ["Kreform will remove packages that no state refers to from \(report.store):", ""]
                + report.unused.map { "  \(style.red("-")) \($0.digest.short)  \(Layout.bytes($0.size)), stored \($0.modified)" } + [""]
        }
        let total = Layout.bytes(unused.reduce(0) { $0 + $1.size })
        let end = "\(style.bold("Plan:")) \(Layout.count(unused.count, "package")) to remove, \(total)."
        return (lines + [end]).joined(separator: "\n") + "\n" + strangers
    }

    package static func question(style: Style) -> String {
        "\n\(style.bold("Do you want to remove these packages?"))\n  Only 'yes' will be accepted to approve.\n\n"
            + "  \(style.bold("Enter a value:")) "
    }

    package static func removed(_ packages: [StoredPackage], style: Style) -> String {
        let total = Layout.bytes(packages.reduce(0) { $0 + $1.size })
        return "\(style.green(style.bold("Removed"))) \(Layout.count(packages.count, "package")), \(total).\n"
    }

    /// `stores` has them all; `store` and `packages` are those of the one that the file names.
    package static func json(_ reports: [StoreReport]) -> JSONValue {
        let stores = reports.map(json)
        var document: JSONValue = ["format": 1, "stores": .array(stores)]
        guard let report = reports.first, report.runtime == nil else { return document }
        document["store"] = .string(report.store)
        document["packages"] = stores[0]["packages"]
        return document
    }

    private static func json(_ report: StoreReport) -> JSONValue {
        var store: JSONValue = [
            "store": .string(report.store),
            "packages": .array(report.entries.map { entry in
                [
                    "digest": .string("\(entry.package.digest)"), "key": .string(entry.package.key),
                    "size": .integer(entry.package.size), "modified": .string(entry.package.modified),
                    "usedBy": .array(entry.users.map { .string($0) }),
                ]
            }),
        ]
        store["runtime"] = report.runtime.map { .string($0) }
        if !report.isComplete { store["usersUnknown"] = true }
        store["fault"] = report.fault.map(DiagnosticsJSON.value)
        return store
    }
}
