import Digest
import Model

/// What is live, as a table of runtimes and versions, with the troubles below.
package enum StatusText {
    package static func render(_ report: StatusReport, style: Style) -> String {
        guard !report.runtimes.isEmpty else {
            return "Engine \(report.engine) has no runtimes in cluster \(report.cluster.name) and lists none.\n"
        }
        var rows = [["RUNTIME", "VERSION", "STATUS", "READY", "PACKAGE"]]
        for runtime in report.runtimes {
            let lock = runtime.protected ? " (protected)" : ""
            rows.append([runtime.name + lock, "", "", readiness(runtime.health), ""])
            for version in runtime.versions {
                rows.append([
                    "", version.name, status(version), readiness(version.health), version.packageDigest?.short ?? "",
                ])
            }
        }
        var lines = ["Engine \(style.bold(report.engine)) in cluster \(style.bold(report.cluster.name))", ""]
        lines += Layout.table(rows) { row, column, cell in
            if row == 0 { return style.dim(cell) }
            switch column {
            case 2: return cell.hasPrefix("published") ? style.green(cell) : cell
            case 3: return cell.isEmpty || isFull(cell) ? cell : style.yellow(cell)
            default: return cell
            }
        }
        lines += troubles(report, style: style)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func status(_ version: VersionHealth) -> String {
        let isPartial = version.health.total > 0 && (version.status ?? .stopped) == .stopped
        if isPartial { return "unfinished" + (version.wanted.map { " (wanted: \($0.rawValue))" } ?? "") }
        let share = version.share.map { ", \($0)% of the calls" } ?? ""
        return switch (version.status, version.wanted) {
        case (nil, let wanted?): "new (wanted: \(wanted.rawValue))"
        case (let status?, let wanted?) where status != wanted: "\(status.rawValue)\(share) (wanted: \(wanted.rawValue))"
        case (let status?, _): "\(status.rawValue)\(share)"
        case (nil, nil): ""
        }
    }

    private static func readiness(_ health: EntityHealth) -> String {
        health.total == 0 ? "" : "\(health.ready)/\(health.total)"
    }

    private static func isFull(_ cell: String) -> Bool {
        let parts = cell.split(separator: "/")
        return parts.count == 2 && parts[0] == parts[1]
    }

    private static func troubles(_ report: StatusReport, style: Style) -> [String] {
        let troubles = report.runtimes.flatMap { $0.health.troubles + $0.versions.flatMap(\.health.troubles) }
        guard !troubles.isEmpty else { return [] }
        return ["", style.bold("Not ready:")]
            + troubles.flatMap { trouble -> [String] in
                let mark = trouble.isFailure ? style.red("✗") : style.yellow("…")
                return ["  \(mark) \(trouble.address)", "      \(trouble.reason)"]
            }
    }
}
