import JSON
import Model

/// A program that gives credentials, as a kubeconfig's `exec` describes it
/// (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins).
struct ExecPlugin: Sendable {
    enum Version: String, Sendable, CaseIterable {
        case v1 = "client.authentication.k8s.io/v1"
        case v1beta1 = "client.authentication.k8s.io/v1beta1"
    }

    /// Whether the plugin is given our standard input.
    enum InteractiveMode: String, Sendable, CaseIterable {
        case never = "Never"
        case ifAvailable = "IfAvailable"
        case always = "Always"
    }

    /// A path when it contains a `/`; otherwise looked up in `PATH`.
    let command: String
    /// These may hold secrets and are shown nowhere.
    let arguments: [String]
    /// The process's, with what the kubeconfig adds.
    let environment: [String: String]
    let version: Version
    let mode: InteractiveMode
    let installHint: String
    /// What the plugin is told about the cluster; nil when it did not ask.
    let cluster: JSONValue?
    /// The user whose plugin it is, and where that stands, for messages.
    let user: String
    let settings: PluginSettings

    private var isInteractive: Bool { mode != .never && settings.hasTerminal }
    private var deadline: Double { settings.hasTerminal ? settings.attendedDeadline : settings.deadline }

    /// The value of `KUBERNETES_EXEC_INFO`.
    var request: JSONValue {
        var spec: JSONValue = ["interactive": .bool(isInteractive)]
        spec["cluster"] = cluster
        return ["apiVersion": .string(version.rawValue), "kind": "ExecCredential", "spec": spec]
    }

    /// Runs the program once and waits for its answer, on a thread of its own.
    func issue() async -> Result<IssuedCredential, ClusterError> {
        do throws(ClusterError) {
            if mode == .always, !settings.hasTerminal {
                throw failure(
                    "needs a terminal (`interactiveMode: Always`), and standard input is none",
                    "Run Kreform in a terminal, or use credentials that need nobody to log in.")
            }
            let path = try path()
            var variables = environment
            variables["KUBERNETES_EXEC_INFO"] = request.encoded()
            let process = PluginProcess(
                path: path, arguments: [command] + arguments, environment: variables, hasInput: isInteractive,
                deadline: deadline, onMessage: settings.onMessage)
            return .success(try credential(await process.run()))
        } catch {
            return .failure(error)
        }
    }

    // MARK: Before

    /// Where the program is.
    private func path() throws(ClusterError) -> String {
        guard !command.contains("/") else { return command }
        for folder in (environment["PATH"] ?? "").split(separator: ":") where PluginProcess.isProgram("\(folder)/\(command)") {
            return "\(folder)/\(command)"
        }
        throw failure("is not installed: no folder of PATH has a program of this name", hint)
    }

    private var hint: String {
        let hint = installHint.withoutControls.trimmingSpace
        return hint.isEmpty ? "Install it, then run the same command again." : hint
    }

    // MARK: After

    private func credential(_ outcome: PluginProcess.Outcome) throws(ClusterError) -> IssuedCredential {
        let again = "Run it by hand or log in again with your provider's tool, then run the same command again."
        switch outcome {
        case .notStarted(let reason, let isAbsent):
            throw failure("cannot be started: \(reason)", isAbsent ? hint : "Check that it is a program that may be run.")
        case .overdue(let messages):
            let seconds = deadline.rounded() == deadline ? "\(Int(deadline))" : "\(deadline)"
            throw failure("gave no answer within \(seconds) seconds and was stopped", again, quoting: messages)
        case .tooLong:
            throw failure("answered with more than \(PluginProcess.limit) bytes", "Check that it is a credential plugin.")
        case .killed(let signal, let messages):
            throw failure("was ended by signal \(signal)", again, quoting: messages)
        case .exited(let status, _, let messages) where status != 0:
            throw failure("ended with status \(status)", again, quoting: messages)
        case .exited(_, let answer, let messages):
            do throws(IssuedCredential.Fault) {
                return try IssuedCredential(parsing: answer, version: version.rawValue)
            } catch {
                throw failure(
                    "answered with \(error.what)",
                    error.advice.isEmpty ? "Update the plugin, or check what its arguments ask for." : error.advice,
                    quoting: messages)
            }
        }
    }

    private func failure(_ what: String, _ advice: String, quoting messages: [UInt8] = []) -> ClusterError {
        let quoted = Self.lastLines(of: messages).map { "  \($0)" }
        let first = "The credential plugin \(command) of \(user) \(what)\(quoted.isEmpty ? "." : ":")"
        return ClusterError(.noCredential, ([first] + quoted + [advice]).joined(separator: "\n"))
    }

    /// The end of what a program wrote for people: not more than a screen holds.
    private static func lastLines(of messages: [UInt8]) -> [String] {
        String(decoding: messages, as: UTF8.self).withoutControls.split(separator: "\n").map { String($0).trimmingSpace }
            .filter { !$0.isEmpty }.suffix(8).map { $0.count > 300 ? "\($0.prefix(299))…" : $0 }
    }
}

extension String {
    /// Without ANSI escape sequences and other control characters, line breaks excepted.
    var withoutControls: String {
        var kept = UnicodeScalarView()
        var rest = unicodeScalars[...]
        while let scalar = rest.popFirst() {
            if scalar == "\u{1B}", rest.first == "[" {
                rest = rest.drop { !($0.value >= 0x40 && $0.value <= 0x7E && $0 != "[") }.dropFirst()
            } else if scalar == "\n" || scalar.properties.generalCategory != .control {
                kept.append(scalar)
            } else if scalar == "\t" {
                kept.append(" ")
            }
        }
        return String(kept)
    }

    var trimmingSpace: String { String(decoding: Array(utf8).trimmed, as: UTF8.self) }
}
