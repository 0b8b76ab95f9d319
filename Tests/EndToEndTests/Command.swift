import Glibc

/// A run of the built command, as a process of its own.
struct Command {
    let status: Int32
    let output: String
    let errors: String

    /// The built command, which lies beside the tests' own program.
    static let program: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let own = String(decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        return String(own[..<(own.lastIndex(of: "/") ?? own.startIndex)]) + "/kreform"
    }()

    /// A process that was started, with its output going to files in `folder`.
    struct Running {
        let process: pid_t
        let folder: Folder

        var output: String { folder.text(".out") }

        /// Waits for its end.
        func end() -> Command {
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
            // A signal that ended it counts as shells count it.
            let code = status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
            return Command(status: code, output: output, errors: folder.text(".err"))
        }

        func send(_ signal: Int32) { kill(process, signal) }
    }

    /// Starts `kreform` with these arguments in `folder`; standard input is `input`, a descriptor, or nothing.
    static func start(
        _ arguments: [String], in folder: Folder, environment: [String: String] = [:], input: Int32? = nil,
        output: Int32? = nil
    ) throws -> Running {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        if let output { posix_spawn_file_actions_adddup2(&actions, output, 1) } else {
            posix_spawn_file_actions_addopen(&actions, 1, "\(folder.path)/.out", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        }
        posix_spawn_file_actions_addopen(&actions, 2, "\(folder.path)/.err", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        var variables = ["PATH": "/usr/bin:/bin", "HOME": folder.path, "ROOM_PRICE_API_SECRET": secret]
        variables.merge(environment) { _, new in new }
        // A process has no folder of its own until it is there.
        let words = (["sh", "-c", "cd \"$0\" && exec \"$@\"", folder.path, program] + arguments).map { strdup($0) } + [nil]
        let values = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in words + values { free(pointer) } }
        var process: pid_t = 0
        let fault = posix_spawn(&process, "/bin/sh", &actions, nil, words, values)
        guard fault == 0 else { throw SpawnFault(code: fault) }
        return Running(process: process, folder: folder)
    }

    /// - Parameter file: where the desired state is, seen from `folder`.
    static func run(
        _ arguments: [String], in folder: Folder, environment: [String: String] = [:], input: Int32? = nil, file: String? = nil
    ) throws -> Command {
        let arguments = arguments + (file.map { ["-f", $0] } ?? [])
        return try start(arguments, in: folder, environment: environment, input: input).end()
    }

    /// With standard output on a terminal; for short outputs.
    static func run(
        _ arguments: [String], in folder: Folder, environment: [String: String] = [:], output: Terminal
    ) throws -> Command {
        let running = try start(arguments, in: folder, environment: environment, output: output.inner)
        var text = ""
        var status: Int32 = 0
        _ = holds {
            text += output.screen()
            return waitpid(running.process, &status, WNOHANG) == running.process
        }
        return Command(status: (status >> 8) & 0xff, output: text + output.screen(), errors: folder.text(".err"))
    }

    /// In the environment of every run: it must show up nowhere.
    static let secret = "canary-0123456789abcdef"
}

struct SpawnFault: Error { let code: Int32 }
