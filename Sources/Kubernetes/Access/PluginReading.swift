import Glibc

/// A running program, to be waited for exactly once.
struct PluginChild {
    private let process: pid_t
    /// Whether it is the first of a process group.
    private let ownsGroup: Bool
    private var status: Int32?

    init(process: pid_t, ownsGroup: Bool) {
        self.process = process
        self.ownsGroup = ownsGroup
    }

    /// What `waitpid` said of it; nil while it runs.
    mutating func ended(waiting: Bool) -> Int32? {
        if let status { return status }
        var found: Int32 = 0
        while true {
            let code = waitpid(process, &found, waiting ? 0 : WNOHANG)
            if code == 0 { return nil }
            if code < 0, errno == EINTR { continue }
            // Nobody else waits for our children; if somebody did, there is nothing left to learn.
            status = code == process ? found : 0
            return status
        }
    }

    /// Asks it to end, and makes it end when it does not.
    mutating func end() {
        send(SIGTERM)
        for _ in 0..<20 where ended(waiting: false) == nil { usleep(25_000) }
        send(SIGKILL)
        _ = ended(waiting: true)
    }

    private func send(_ signal: Int32) {
        if ownsGroup { killpg(process, signal) } else if status == nil { kill(process, signal) }
    }
}

/// Reads what a program writes until it ends, or has to be ended.
struct PluginReading {
    private var polled: [pollfd]
    private var child: PluginChild
    private let began = PluginReading.clock
    private let deadline: Double
    private let onMessage: @Sendable ([UInt8]) -> Void
    private var answer: [UInt8] = []
    /// The end of what was written for people.
    private var messages: [UInt8] = []
    /// What nobody has been shown yet; nil once it is shown as it comes.
    private var held: [UInt8]? = []

    /// How long messages are held back, in seconds: those of a program that fails at once are told with the failure.
    private static let quiet = 1.0
    private static let messageLimit = 1 << 14

    init(
        output: Int32, errors: Int32, child: PluginChild, deadline: Double, onMessage: @escaping @Sendable ([UInt8]) -> Void
    ) {
        polled = [output, errors].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        self.child = child
        self.deadline = deadline
        self.onMessage = onMessage
    }

    mutating func run() -> PluginProcess.Outcome {
        while polled.contains(where: { $0.fd >= 0 }) {
            let elapsed = Self.clock - began
            if held != nil, elapsed >= Self.quiet { show() }
            guard elapsed < deadline else { return overdue() }
            let count = poll(&polled, nfds_t(polled.count), Int32(min(0.1, deadline - elapsed) * 1000) + 1)
            // Something that it started may hold the pipes open after it has ended.
            if count == 0, child.ended(waiting: false) != nil { break }
            for index in polled.indices where count > 0 && polled[index].revents != 0 { read(index) }
            guard answer.count <= PluginProcess.limit else {
                child.end()
                return .tooLong
            }
        }
        while child.ended(waiting: false) == nil {
            guard Self.clock - began < deadline else { return overdue() }
            usleep(1000)
        }
        let status = child.ended(waiting: true) ?? 0
        // The low bits are the signal, the next ones the exit status (wait(2)).
        if status & 0x7F != 0 { return .killed(signal: status & 0x7F, messages: messages) }
        if status == 0 { show() }
        return .exited(status: status >> 8 & 0xFF, answer: answer, messages: messages)
    }

    private mutating func overdue() -> PluginProcess.Outcome {
        child.end()
        return .overdue(messages: messages)
    }

    private mutating func read(_ index: Int) {
        var chunk = [UInt8](repeating: 0, count: 1 << 14)
        let count = Glibc.read(polled[index].fd, &chunk, chunk.count)
        if count < 0, errno == EINTR { return }
        guard count > 0 else {
            polled[index].fd = -1
            return
        }
        guard index == 1 else {
            answer += chunk[..<count]
            return
        }
        messages = (messages + chunk[..<count]).suffix(Self.messageLimit)
        if held == nil { onMessage(Array(chunk[..<count])) } else { held? += chunk[..<count] }
    }

    /// Shows what was held back, and from now on everything at once.
    private mutating func show() {
        if let held, !held.isEmpty { onMessage(held) }
        held = nil
    }

    private static var clock: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
