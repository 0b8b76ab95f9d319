import JSON
import Model
import Planning

/// A plan, and what is worth knowing beside it.
package struct Planned: Sendable {
    package let plan: Plan
    package let warnings: [Diagnostic]
    /// Names of variables whose values are to be shown nowhere.
    package internal(set) var sensitiveVariables: Set<String> = []
    /// There is no state to keep the key under which names of Secrets have their digits: they are others in the next plan.
    package internal(set) var isProvisional = false
    /// The runtimes that go together with data: not without their names.
    package private(set) var destroyedData: [DestroyedData] = []

    init(_ plan: Plan, warnings: [Diagnostic] = []) {
        self.plan = plan
        self.warnings = warnings
    }

    /// The same with more that is worth knowing.
    func adding(_ found: Bystanders.Found, _ needs: [Diagnostic] = []) -> Planned {
        let more = needs + found.warnings + found.destroyedData.map { .destroysData($0) }
        var planned = Planned(plan, warnings: (warnings + more).sorted())
        planned.destroyedData = found.destroyedData
        planned.sensitiveVariables = sensitiveVariables
        planned.isProvisional = isProvisional
        return planned
    }

    /// Whether what others made goes with a namespace, or may go; warnings say what.
    package var deletesOthers: Bool { warnings.contains { $0.code == Diagnostic.deletesOthersCode } }

    /// As `plan --json` prints it and a saved plan file holds it.
    package var document: JSONValue { PlanDocument.value(of: plan) }
}
