import Model
import Schema

/// What comes from outside the files: read once by the command, and handed in.
package struct Inputs: Sendable {
    /// A value for variables from the command line.
    package enum Assignment: Sendable, Hashable {
        /// `--var NAME=VALUE`.
        case value(name: String, text: String)
        /// `--var-file PATH`: a YAML mapping of names to values.
        case file(path: String)
    }

    /// In the order of the command line; of two for one variable the later wins.
    package var assignments: [Assignment]
    /// `KREFORM_VAR_name` gives a variable its value when no assignment does; `{env: NAME}` reads the others.
    package var environment: [String: String]

    package init(assignments: [Assignment] = [], environment: [String: String] = [:]) {
        self.assignments = assignments
        self.environment = environment
    }

    static let prefix = "KREFORM_VAR_"
}

extension Inputs.Assignment {
    /// Reads the argument of `--var`: `NAME=VALUE`, where the value may be empty and may hold `=`.
    package init(variable argument: String) throws(Diagnostic) {
        guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else {
            // What stands there may be a secret, so it is not repeated.
            throw Diagnostic(
                code: "bad-assignment", summary: "`--var` takes NAME=VALUE",
                detail: "Write, for example, `--var currency=EUR`.")
        }
        self = .value(
            name: String(argument[..<equals]), text: String(argument[argument.index(after: equals)...]))
    }
}
