import Digest
import JSON
import Model

/// The state as people read it.
package enum StateText {
    /// The whole state: entities, and how many objects each has.
    package static func render(_ state: State, style: Style) -> String {
        guard let lineage = state.lineage else { return "There is no state yet: nothing has been applied.\n" }
        let counts = Dictionary(grouping: state.objects.values, by: \.entity).mapValues(\.count)
        var rows = [["ENTITY", "STATUS", "OBJECTS", "PACKAGE"]]
        for entity in state.entities.values.sorted(by: { $0.address < $1.address }) {
            rows.append([
                "\(entity.address)", entity.status?.rawValue ?? entity.published.map { "→ \($0)" } ?? "",
                "\(counts[entity.address] ?? 0)", entity.packageDigest?.short ?? "",
            ])
        }
        let head = [
            "Lineage \(lineage), serial \(state.serial)",
            "Cluster \(state.cluster.map { "\($0.name) (\($0.uid))" } ?? "none yet")", "",
        ]
        return (head + Layout.table(rows) { row, _, cell in row == 0 ? style.dim(cell) : cell }).joined(separator: "\n") + "\n"
    }

    /// One address a line: entities, then objects.
    package static func list(_ state: State) -> String {
        let lines = state.entities.keys.sorted().map { "\($0)" } + state.objects.keys.sorted().map { "\($0)" }
        return lines.map { $0 + "\n" }.joined()
    }

    /// What the state knows of an object.
    package static func object(_ record: ObjectRecord, style: Style) -> String {
        let rows = [
            ["address", "\(record.address)"], ["entity", "\(record.entity)"], ["apiVersion", record.apiVersion],
            ["uid", record.uid], ["resourceVersion", record.resourceVersion],
            ["generation", record.generation.map(String.init) ?? ""], ["applied at", "\(record.appliedAt)"],
            ["depends on", record.dependsOn.map { "\($0)" }.joined(separator: ", ")],
        ].filter { !$0[1].isEmpty }
        let table = Layout.table(rows) { _, column, cell in column == 0 ? style.dim(cell) : cell }
        return (table + ["", style.dim("applied manifest, sensitive values as keyed digests:"), record.applied.encoded(.pretty)])
            .joined(separator: "\n") + "\n"
    }

    /// What the state knows of an entity, the addresses of its objects, and the last that it went through.
    package static func entity(_ record: EntityRecord, objects: [ObjectRecord], history: [Activity] = [], style: Style) -> String {
        let rows = [
            ["entity", "\(record.address)"], ["description", record.description], ["status", record.status?.rawValue ?? ""],
            ["package", record.packageDigest?.description ?? ""], ["published", record.published ?? ""],
            ["namespace", record.namespace ?? ""], ["protected", record.protected ? "yes" : ""],
        ].filter { !$0[1].isEmpty }
        var lines = Layout.table(rows) { _, column, cell in column == 0 ? style.dim(cell) : cell }
        if !objects.isEmpty { lines += ["", style.dim("objects:")] + objects.map { "  \($0.address)" } }
        if !history.isEmpty {
            let title = history.count > lastActivities ? "history, the last \(lastActivities) of \(history.count):" : "history:"
            lines += ["", style.dim(title)] + Layout.table(history.suffix(lastActivities).map { activity in
                ["  \(activity.at)", "run \(activity.run)", words(activity)]
            }) { _, _, cell in cell }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static let lastActivities = 20

    private static func words(_ activity: Activity) -> String {
        switch activity.step {
        case .canary: "had \(activity.weight.map { "\($0)%" } ?? "a share") of the calls"
        case .publish: "published" + (activity.replaced.map { " in place of \($0)" } ?? "")
        default: StepWords.past(activity.step)
        }
    }
}
