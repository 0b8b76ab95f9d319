import Model

/// The words around a plan: the question before it is carried out, and what to do with it.
package enum ApprovalText {
    package static func question(_ plan: Plan, style: Style) -> String {
        let question = switch plan.mode {
        case .apply: "Do you want to perform these steps?"
        case .destroy: "Do you really want to destroy all of this? There is no undo."
        case .adopt: "Do you want to take over these objects?"
        case .forget: "Do you want to let go of these objects?"
        case .rotate: "Do you want to make these credentials anew?"
        }
        return "\n\(style.bold(question))\n  Only 'yes' will be accepted to approve.\n\n  \(style.bold("Enter a value:")) "
    }

    package static func confirmation(ofDestroying runtime: String, style: Style) -> String {
        "\n\(style.bold("Runtime \(runtime) holds data, and all of it goes.")) There is no undo.\n"
            + "  Only the runtime's name will be accepted to approve.\n\n  \(style.bold("Enter a value:")) "
    }
}

extension PlanText {
    /// What to do with a plan that was printed. `flags` are those of the command that made it, which the next one needs too.
    package static func next(savedTo path: String?, flags: String) -> String {
        if let path { return "\nSaved to \(path). To carry out exactly this plan:\n  kreform apply\(flags) \(path)\n" }
        return "\nTo carry it out:  kreform apply\(flags)\nIt plans again and asks; save a plan with --out to apply exactly that one.\n"
    }
}

/// The answer of `validate` when there is nothing to mend.
package enum ValidationText {
    package static func sound(_ summary: ValidationSummary, style: Style) -> String {
        let parts = [
            Layout.count(summary.files, "file"), Layout.count(summary.runtimes, "runtime"),
            Layout.count(summary.versions, "version"), Layout.count(summary.packages, "package"),
        ]
        return "\(style.green(style.bold("Valid."))) \(parts.joined(separator: ", ")).\n"
    }
}
