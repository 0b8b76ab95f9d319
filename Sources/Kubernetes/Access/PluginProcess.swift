import Glibc

/// One run of another program that answers on its standard output.
struct PluginProcess: Sendable {
    enum Outcome: Sendable {
        case exited(status: Int32, answer: [UInt8], messages: [UInt8])
        case killed(signal: Int32, messages: [UInt8])
        /// It still ran at the deadline, and was ended.
        case overdue(messages: [UInt8])
        /// It answered with more than `limit` bytes, and was ended.
        case tooLong
        case notStarted(reason: String, isAbsent: Bool)
    }

    /// The most that is read of an answer.
    static let limit = 1 << 20

    let path: String
    /// The program's own name first.
    let arguments: [String]
    let environment: [String: String]
    /// Whether it gets our standard input; otherwise it gets an empty one.
    let hasInput: Bool
    /// In seconds.
    let deadline: Double
    let onMessage: @Sendable ([UInt8]) -> Void

    /// Whether `path` is a file that may be run.
    static func isProgram(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }

    /// Runs the program on a thread of its own, which waits for it.
    func run() async -> Outcome {
        await withCheckedContinuation { continuation in
            let code = OwnThread.start { continuation.resume(returning: runHere()) }
            if code != 0 { continuation.resume(returning: .notStarted(code)) }
        }
    }

    private func runHere() -> Outcome {
        guard let output = Pipe(), let errors = Pipe() else { return .notStarted(errno) }
        defer {
            output.closeReading()
            errors.closeReading()
        }
        let (process, code) = spawn(output: output.writing, errors: errors.writing)
        output.closeWriting()
        errors.closeWriting()
        guard let process else { return .notStarted(code) }
        var reading = PluginReading(
            output: output.reading, errors: errors.reading, child: PluginChild(process: process, ownsGroup: !hasInput),
            deadline: deadline, onMessage: onMessage)
        return reading.run()
    }

    /// The new process, or an error number.
    private func spawn(output: Int32, errors: Int32) -> (pid_t?, Int32) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if !hasInput { posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) }
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Signals that we ignore or block would be ignored and blocked there too.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        var flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        // In a group of its own it can be ended with all that it started. At a terminal, only our group may read.
        if !hasInput { flags |= POSIX_SPAWN_SETPGROUP }
        posix_spawnattr_setflags(&attributes, Int16(flags))
        let words = CStrings(arguments)
        let variables = CStrings(environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
        var process: pid_t = 0
        let code = withExtendedLifetime((words, variables)) {
            posix_spawn(&process, path, &actions, &attributes, words.pointers, variables.pointers)
        }
        return code == 0 ? (process, 0) : (nil, code)
    }
}

extension PluginProcess.Outcome {
    fileprivate static func notStarted(_ code: Int32) -> Self {
        .notStarted(reason: String(cString: strerror(code)), isAbsent: code == ENOENT || code == ENOTDIR)
    }
}

/// A thread that does one thing, apart from those on which Swift's tasks share the processors.
private enum OwnThread {
    private final class Work {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// 0, or an error number: then `body` is not run.
    static func start(_ body: @escaping @Sendable () -> Void) -> Int32 {
        let work = Unmanaged.passRetained(Work(body))
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, { argument in
            if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body() }
            return nil
        }, work.toOpaque())
        if code == 0 { pthread_detach(thread) } else { work.release() }
        return code
    }
}

/// Both ends closed on exec, so that only the program's own copies outlive ours.
private struct Pipe {
    let reading: Int32
    let writing: Int32

    init?() {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (reading, writing) = (ends[0], ends[1])
    }

    func closeReading() { close(reading) }
    func closeWriting() { close(writing) }
}

/// Texts as `execve` takes them.
private final class CStrings {
    let pointers: [UnsafeMutablePointer<CChar>?]

    init(_ texts: [String]) { pointers = texts.map { strdup($0) } + [nil] }

    deinit { for pointer in pointers { free(pointer) } }
}
