import Glibc

/// Other programs, run to their end.
package enum Program {
    package struct Outcome: Sendable {
        package let status: Int32
        package let output: String
        package let errors: String

        /// What it printed.
        /// - Throws: when it ended with another status than 0, with what it said about it.
        @discardableResult
        package func expectSuccess() throws(Failure) -> String {
            guard status == 0 else { throw Failure(outcome: self) }
            return output
        }
    }

    package struct Failure: Error, CustomStringConvertible {
        package let outcome: Outcome
        package var description: String { "ended with \(outcome.status): \(outcome.errors)\(outcome.output)" }
    }

    package struct NotStarted: Error {
        package let program: String
        package let code: Int32
    }

    /// Runs a program of the PATH and waits for its end; blocks the thread meanwhile. A signal that ended it counts as shells count
    /// it.
    package static func run(_ program: String, _ arguments: [String], input: String = "") throws(NotStarted) -> Outcome {
        let folder = TemporaryFolder()
        let (output, errors) = (folder.path + "/output", folder.path + "/errors")
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, folder.write(Array(input.utf8), to: "input"), O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT, 0o600)
        let words = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        let fault = posix_spawnp(&process, program, &actions, nil, words, environ)
        guard fault == 0 else { throw NotStarted(program: program, code: fault) }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return Outcome(
            status: status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f),
            output: String(decoding: contents(of: output), as: UTF8.self),
            errors: String(decoding: contents(of: errors), as: UTF8.self))
    }
}
