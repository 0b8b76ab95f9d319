import Engine
import Fields
import JSON
import Model
import Sandbox
import StateStore
import TestSupport
import Testing

/// What others changed and keep: in the simulated cluster, plan after plan.
@Suite struct LeaveTests {
    private let deployments = ResourceType(apiVersion: "apps/v1", kind: "Deployment")
    private let replicas = JSONPointer(tokens: ["spec", "replicas"])

    private func file(_ shop: Shop, currency: String = "EUR", more: String = "") {
        shop.write(
            """
            kreform: v1
            engine: shop
            runtimes:
              - name: main
                config: {OUTPUT_PRICE_CURRENCY: \(currency)}
            \(more)
                versions:
                  - krt: v1.krt
                    status: started

            """, to: "kreform.yaml")
    }

    private func started() async throws -> Shop {
        let shop = try Shop()
        file(shop)
        try await shop.bring()
        return shop
    }

    private func scale(_ shop: Shop, _ name: String, to count: Int, as manager: String = "kubectl-edit") async throws {
        try await shop.cluster().edit(deployments, namespace: "shop-main", name: name, as: manager) {
            $0[replicas] = .integer(count)
        }
    }

    private func live(_ shop: Shop, _ name: String) async throws -> JSONValue? {
        try await shop.object("Deployment", name)?.content[replicas]
    }

    private func apply(_ shop: Shop, leaving: [String] = []) async throws -> Plan {
        let run = try await shop.engine().begin(.apply, leaving: leaving)
        if !run.planned.plan.isEmpty {
            let report = try await run.carryOut(RunSettings(timeout: 30)) { _ in }
            #expect(report.outcome == .succeeded, "\(report.failed)")
        }
        await run.end()
        return run.planned.plan
    }

    @Test func whatIsLeftStaysThoughTheObjectChanges() async throws {
        let shop = try await started()
        let name = "room-price-v1-room-price-etl"
        try await scale(shop, name, to: 3)
        let address = "apps/Deployment/shop-main/\(name)"
        let only = try await shop.engine().plan(.apply, leaving: [address]).plan
        #expect(only.isEmpty && only.left.map(\.address.description) == [address])

        file(shop, currency: "CHF")
        let plan = try await apply(shop, leaving: ["\(address)#spec.replicas"])
        let change = try #require(plan.changes.first { "\($0.address)" == address })
        #expect(change.action == .update && change.left == [FieldPath("spec", "replicas")])
        #expect(try await live(shop, name) == 3)
        let object = try #require(try await shop.object("Deployment", name))
        let containers: [FieldPath.Element] = [.field("spec"), .field("template"), .field("spec"), .field("containers")]
        #expect(object.owned.contains(FieldPath(containers + [.key(["name": "runner"]), .field("envFrom")])))
        #expect(!object.owned.contains(FieldPath("spec", "replicas")))
        let record = try #require(try shop.snapshot().state.objects[object.address])
        #expect(record.left == FieldSet([FieldPath("spec", "replicas")]))
        #expect(record.applied["spec"]?["replicas"] == 1 && record.owned == object.owned)

        let next = try await shop.engine().plan(.apply).plan
        #expect(next.lines == [
            "update version/main/room-price-v1: drifted in cluster", "  update Deployment \(name): spec.replicas",
        ])
        try await shop.bring()
        #expect(try await live(shop, name) == 1)
        #expect(try shop.snapshot().state.objects[object.address]?.left.isEmpty == true)
    }

    @Test func whatTheFileIgnoresIsMadeOnceAndThenLeft() async throws {
        let shop = try Shop()
        let ignore = "    ignore: [{kind: Deployment, name: \"*-entrypoint\", fields: [spec.replicas]}]"
        file(shop, more: ignore)
        try await shop.bring()
        let name = "room-price-v1-entrypoint"
        #expect(try await live(shop, name) == 1)
        for count in [2, 5] {
            try await scale(shop, name, to: count, as: "autoscaler")
            let plan = try await shop.engine().plan(.apply).plan
            #expect(plan.isEmpty && plan.left.map(\.source) == [.file])
        }
        file(shop, currency: "CHF", more: ignore)
        try await shop.bring()
        #expect(try await live(shop, name) == 5)
        // While the plan is being made and carried out the autoscaler goes on.
        file(shop, currency: "GBP", more: ignore)
        let run = try await shop.engine().begin(.apply)
        try await scale(shop, name, to: 4, as: "autoscaler")
        let report = try await run.carryOut(RunSettings(timeout: 30)) { _ in }
        await run.end()
        #expect(report.outcome == .succeeded, "\(report.failed)")
        #expect(try await live(shop, name) == 4)
        file(shop, currency: "GBP")
        #expect(try await apply(shop).summary.update == 1)
        #expect(try await live(shop, name) == 1)
    }

    /// What is left by the file is, whatever the command says besides.
    @Test func whatTheFileIgnoresStaysBesideWhatTheCommandLeaves() async throws {
        let shop = try Shop()
        let ignore = "    ignore: [{kind: Deployment, name: \"*-etl\", fields: [spec.replicas]}]"
        file(shop, more: ignore)
        try await shop.bring()
        let name = "room-price-v1-room-price-etl"
        try await shop.cluster().edit(deployments, namespace: "shop-main", name: name) { object in
            object[JSONPointer(tokens: ["metadata", "labels", "kreform/component"])] = "other"
        }
        file(shop, currency: "CHF", more: ignore)
        let run = try await shop.engine().begin(.apply, leaving: ["apps/Deployment/shop-main/\(name)"])
        try await scaleUnnamed(shop, name, to: 4)
        let report = try await run.carryOut(RunSettings(timeout: 30)) { _ in }
        await run.end()
        #expect(report.outcome == .succeeded, "\(report.failed)")
        #expect(try await live(shop, name) == 4)
    }

    /// As `kubectl scale` and autoscalers do up to Kubernetes 1.21: nobody is named for it.
    private func scaleUnnamed(_ shop: Shop, _ name: String, to count: Int) async throws {
        try await shop.cluster().scale(deployments, namespace: "shop-main", name: name, to: count)
    }

    @Test func aScaleThatNobodyIsNamedForStays() async throws {
        let shop = try Shop()
        let ignore = "    ignore: [{kind: Deployment, name: \"*-etl\", fields: [spec.replicas]}]"
        file(shop, more: ignore)
        try await shop.bring()
        let name = "room-price-v1-room-price-etl"
        try await scaleUnnamed(shop, name, to: 3)
        let plan = try await shop.engine().plan(.apply).plan
        #expect(plan.isEmpty && plan.left.map(\.source) == [.file])
        // Other fields change, and while the plan is being carried out it is scaled again.
        file(shop, currency: "CHF", more: ignore)
        let run = try await shop.engine().begin(.apply)
        #expect(run.planned.plan.changes.contains { $0.address.name == name && $0.action == .update })
        try await scaleUnnamed(shop, name, to: 4)
        let report = try await run.carryOut(RunSettings(timeout: 30)) { _ in }
        await run.end()
        #expect(report.outcome == .succeeded, "\(report.failed)")
        #expect(try await live(shop, name) == 4)
        let object = try #require(try await shop.object("Deployment", name))
        #expect(object.owned.contains(FieldPath("spec", "replicas")))
        #expect(try await shop.engine().plan(.apply).plan.isEmpty)
        // A plan that is not told to leave it sees it.
        file(shop, currency: "CHF")
        #expect(try await shop.engine().plan(.apply).plan.lines == [
            "update version/main/room-price-v1: drifted in cluster", "  update Deployment \(name): spec.replicas",
        ])
        #expect(try await apply(shop, leaving: ["Deployment/\(name)"]).isEmpty)
        #expect(try await apply(shop).summary.update == 1)
        #expect(try await live(shop, name) == 1)
    }

    @Test func aPasswordThatSomebodyChangedIsToldAndKept() async throws {
        let shop = try await started()
        let secrets = ResourceType(apiVersion: "v1", kind: "Secret")
        try await shop.cluster().edit(secrets, namespace: "shop-main", name: "kre-minio") {
            $0[JSONPointer(tokens: ["data", "MINIO_ROOT_PASSWORD"])] = "dGhlaXJz"
        }
        let planned = try await shop.engine().plan(.apply)
        #expect(planned.plan.lines == [
            "update-runtime runtime/main: drifted in cluster", "  update Secret kre-minio: data.MINIO_ROOT_PASSWORD",
        ])
        let warning = try #require(planned.warnings.first)
        #expect(planned.warnings.count == 1 && warning.code == "generated-value-changed")
        #expect(warning.detail.contains("was set by kubectl-edit at 20"))
        #expect(warning.detail.contains(", apps/StatefulSet/shop-main/kre-minio then."))
        #expect(!planned.document.encoded().contains("dGhlaXJz"))
        try await shop.bring()
        let secret = try #require(try await shop.object("Secret", "kre-minio"))
        #expect(secret.content["data"]?["MINIO_ROOT_PASSWORD"] == "dGhlaXJz")
        #expect(secret.owns(data: "MINIO_ROOT_PASSWORD"))
    }

    @Test func aSavedPlanLeavesWhatItSays() async throws {
        let shop = try await started()
        let name = "room-price-v1-room-price-etl"
        try await scale(shop, name, to: 3)
        file(shop, currency: "CHF")
        let planned = try await shop.engine().plan(.apply, leaving: ["Deployment/\(name)"], isToBeSaved: true)
        try Engine.save(planned, to: "\(shop.path)/saved.plan")
        let run = try await shop.engine().begin(savedPlan: "\(shop.path)/saved.plan")
        let report = try await run.carryOut(RunSettings(timeout: 30)) { _ in }
        await run.end()
        #expect(report.outcome == .succeeded, "\(report.failed)")
        #expect(try await live(shop, name) == 3)
    }

    @Test func anIgnoreWithoutEffectIsWarnedOf() async throws {
        let shop = try Shop()
        file(shop, more: """
                ignore:
                  - {kind: Deploymnt, fields: [spec.replicas]}
                  - {kind: Deployment, name: "room-price-v1-entrypint", fields: [spec.replicas]}
                  - {kind: Deployment, fields: [spec.replcas, spec.replicas]}
                  - {kind: ConfigMap, name: room-price-v1-krt-conf, fields: [data.OUTPUT_PRICE_CURRENCY]}
                  - {kind: ConfigMap, name: room-price-v1-krt-conf-0123456789, fields: [data.OUTPUT_PRICE_CURRENCY]}
                  - {kind: ConfigMap, name: "room-price-v1-krt-conf-*", fields: [data.OUTPUT_PRICE_CURRENCY]}
            """)
        let diagnostics = try await shop.engine().validate().diagnostics
        #expect(diagnostics.map { "\($0.severity) \($0.code): \($0.summary). \($0.detail)" } == [
            "warning unused-ignore: runtime/main has no object of the kind `Deploymnt`. Did you mean `Deployment`?",
            "warning unused-ignore: runtime/main has no object of the name `room-price-v1-entrypint`. "
                + "Did you mean `room-price-v1-entrypoint`?",
            "warning unused-ignore: Kreform does not set `spec.replcas`. Did you mean `spec.replicas`?",
            // What the name ends in follows from the values.
            "warning unused-ignore: runtime/main has no object of the name `room-price-v1-krt-conf`. "
                + "Did you mean `room-price-v1-krt-conf-*`?",
        ])
    }

    // MARK: Whatever people do

    @Test(arguments: 1...4)
    func othersKeepWhatIsLeftAndKreformTheRest(_ seed: Int) async throws {
        var story = Story(seed: UInt64(seed), shop: try Shop())
        try await story.begin()
        for _ in 0..<3 { try await story.round() }
        try await story.end()
    }

    private struct Story {
        struct Edit {
            let name: String
            let type: ResourceType
            let pointer: JSONPointer
            let path: FieldPath
        }

        enum Fate: CaseIterable { case restored, flagged, ignored }

        var random: SeededGenerator
        let shop: Shop
        let name: String
        private var currency = 0
        private var ignored: [Edit] = []

        init(seed: UInt64, shop: Shop) {
            random = SeededGenerator(seed: seed)
            self.shop = shop
            name = "seed \(seed)"
        }

        /// Fields of ours that people and programs change.
        private static let edits: [Edit] = {
            let deployment = ResourceType(apiVersion: "apps/v1", kind: "Deployment")
            let service = ResourceType(apiVersion: "v1", kind: "Service")
            let config = ResourceType(apiVersion: "v1", kind: "ConfigMap")
            let label = ObjectLabels.component
            func edit(_ type: ResourceType, _ name: String, _ path: String...) -> Edit {
                Edit(name: name, type: type, pointer: JSONPointer(tokens: path), path: FieldPath(path.map { .field($0) }))
            }
            return ["entrypoint", "room-price-etl", "room-price-model"].flatMap { part in
                [
                    edit(deployment, "room-price-v1-\(part)", "spec", "replicas"),
                    edit(deployment, "room-price-v1-\(part)", "metadata", "labels", label),
                ]
            } + [
                edit(service, "room-price-v1", "metadata", "labels", label),
                edit(service, "runtime-api", "spec", "sessionAffinity"),
                edit(config, "runtime-default-backend", "data", "default.conf"),
                edit(deployment, "kre-mongo-express", "spec", "replicas"),
            ]
        }()

        private func value(_ edit: Edit, _ number: Int) -> JSONValue {
            switch edit.path.elements.last {
            case .field("replicas"): .integer(2 + number % 4)
            case .field("sessionAffinity"): "ClientIP"
            default: .string("theirs-\(number)")
            }
        }

        private func write() {
            let rules = ignored.map {
                "      - {kind: \($0.type.kind), name: \($0.name), fields: ['\($0.path)']}"
            }
            let currencies = ["EUR", "CHF", "GBP"]
            shop.write(
                """
                kreform: v1
                engine: shop
                runtimes:
                  - name: main
                    config: {OUTPUT_PRICE_CURRENCY: \(currencies[currency % 3])}
                    ignore:\(rules.isEmpty ? " []" : "\n" + rules.joined(separator: "\n"))
                    versions:
                      - krt: v1.krt
                        status: started

                """, to: "kreform.yaml")
        }

        mutating func begin() async throws {
            write()
            try await shop.bring()
        }

        private func live(_ edit: Edit) async throws -> JSONValue? {
            try await shop.object(edit.type.kind, edit.name)?.content[edit.pointer]
        }

        private func set(_ edit: Edit, _ value: JSONValue) async throws {
            try await shop.cluster().edit(edit.type, namespace: "shop-main", name: edit.name) { $0[edit.pointer] = value }
        }

        private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

        /// Others add what is not ours: no plan has a word for it.
        private mutating func addUnowned() async throws {
            guard let edit = Self.edits.randomElement(using: &random) else { return }
            let number = Int.random(in: 0..<1000, using: &random)
            try await shop.cluster().edit(edit.type, namespace: "shop-main", name: edit.name, as: "webhook") {
                $0[JSONPointer(tokens: ["metadata", "annotations", "example.com/note"])] = .string("\(number)")
                $0[JSONPointer(tokens: ["metadata", "labels", "team"])] = .string("team-\(number)")
            }
            let plan = try await shop.engine().plan(.apply).plan
            #expect(plan.isEmpty, "\(name): \(plan.lines)")
        }

        mutating func round() async throws {
            try await addUnowned()
            let free = Self.edits.filter { edit in !ignored.contains { $0.path == edit.path && $0.name == edit.name } }
            var fates: [(edit: Edit, fate: Fate, before: JSONValue?, after: JSONValue)] = []
            for edit in free.shuffled(using: &random).prefix(Int.random(in: 1...4, using: &random)) {
                let before = try await live(edit)
                let after = value(edit, Int.random(in: 0..<1000, using: &random))
                try await set(edit, after)
                fates.append((edit, Fate.allCases.randomElement(using: &random) ?? .restored, before, after))
            }
            // Those whom the file leaves their fields go on changing them.
            for edit in ignored where chance(40) {
                try await set(edit, value(edit, Int.random(in: 0..<1000, using: &random)))
            }
            for fate in fates where fate.fate == .ignored { ignored.append(fate.edit) }
            if chance(50) { currency += 1 }
            write()
            let theirs = try await values(ignored)
            let flags = fates.filter { $0.fate == .flagged }.map { fate in
                "\(fate.edit.type.kind)/\(fate.edit.name)#\(fate.edit.path)"
            }
            let run = try await shop.engine().begin(.apply, leaving: flags)
            if !run.planned.plan.isEmpty {
                let report = try await run.carryOut(RunSettings(timeout: 30)) { _ in }
                #expect(report.outcome == .succeeded, "\(name): \(report.failed)")
            }
            await run.end()

            #expect(try await values(ignored) == theirs, "\(name)")
            for fate in fates {
                let now = try await live(fate.edit)
                switch fate.fate {
                case .flagged: #expect(now == fate.after, "\(name): \(fate.edit.path)")
                case .ignored: #expect(now == fate.after, "\(name): \(fate.edit.path)")
                case .restored: #expect(now != fate.after, "\(name): \(fate.edit.path)")
                }
            }
            let again = try await shop.engine().plan(.apply, leaving: flags).plan
            #expect(again.isEmpty, "\(name): \(again.lines)")
            // Without the flags it is drift as before, by name and time.
            let rest = try await shop.engine().plan(.apply).plan
            let drifted = rest.changes.flatMap { change in change.differences.map { "\(change.address.name) \($0.path)" } }
            #expect(
                Set(drifted) == Set(fates.filter { $0.fate == .flagged }.map { "\($0.edit.name) \($0.edit.path)" }), "\(name)")
            for difference in rest.changes.flatMap(\.differences) {
                guard case .drift("kubectl-edit", .some) = difference.cause else {
                    Issue.record("\(name): \(difference.path) is \(difference.cause)")
                    continue
                }
            }
            try await shop.bring()
        }

        private func values(_ edits: [Edit]) async throws -> [JSONValue?] {
            var values: [JSONValue?] = []
            for edit in edits { values.append(try await live(edit)) }
            return values
        }

        /// When the file ignores nothing any more, everything is as it says.
        mutating func end() async throws {
            let last = ignored
            let theirs = try await values(last)
            ignored = []
            write()
            try await shop.bring()
            let ours = try await values(last)
            for (theirs, ours) in zip(theirs, ours) { #expect(theirs != ours, "\(name)") }
        }
    }
}
