import Glibc

/// A program that can be run as a process.
struct Program {
    let path: String

    /// This one.
    static let own = Program(path: "/proc/self/exe")

    /// How one run of it went.
    struct Run {
        let wall: Double
        /// User and system time.
        let cpu: Double
        let exitCode: Int32
    }

    /// Starts it; `output` becomes its standard output.
    func start(_ arguments: [String], output: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        var words = ([path] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process = pid_t()
        let status = posix_spawn(&process, path, &actions, nil, &words, environ)
        guard status == 0 else { throw Failure("\(path) cannot be run: \(String(cString: strerror(status)))") }
        return process
    }

    /// Runs it to its end and passes over what it prints.
    func run(_ arguments: [String]) throws -> Run {
        let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
        defer { close(null) }
        let watch = Stopwatch()
        let process = try start(arguments, output: null)
        var status: Int32 = 0
        var usage = rusage()
        wait4(process, &status, 0, &usage)
        return Run(wall: watch.wall, cpu: usage.seconds, exitCode: status >> 8 & 0xFF | status & 0x7F)
    }

    /// Runs it to its end and gives what it prints.
    func output(_ arguments: [String]) throws -> String {
        let pipe = try Pipe()
        let process = try start(arguments, output: pipe.writing)
        close(pipe.writing)
        let text = String(decoding: File.rest(of: pipe.reading), as: UTF8.self)
        close(pipe.reading)
        var status: Int32 = 0
        waitpid(process, &status, 0)
        guard status == 0 else { throw Failure(text.isEmpty ? "\(arguments) ended with \(status)" : text) }
        return text
    }

    /// The peak of its memory, from its own start to its first output: it is kept from ending by a full pipe until that
    /// was read. It must print something.
    func peakMemory(_ arguments: [String]) throws -> Int {
        let pipe = try Pipe()
        defer { close(pipe.reading) }
        let flags = fcntl(pipe.writing, F_GETFL)
        _ = fcntl(pipe.writing, F_SETFL, flags | O_NONBLOCK)
        let filling = [UInt8](repeating: 0, count: 4096)
        while write(pipe.writing, filling, filling.count) > 0 {}
        _ = fcntl(pipe.writing, F_SETFL, flags)
        let process = try start(arguments, output: pipe.writing)
        close(pipe.writing)
        var peak = 0
        var sightings = 0
        for _ in 0..<500 where sightings < 10 {
            usleep(10_000)
            let now = Memory.peak(of: "\(process)")
            sightings = now == peak && now > 0 ? sightings + 1 : 0
            peak = now
        }
        _ = File.rest(of: pipe.reading)
        var status: Int32 = 0
        waitpid(process, &status, 0)
        return peak
    }
}

private struct Pipe {
    let reading: Int32
    let writing: Int32

    init() throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Failure("there is no pipe to be had") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        reading = ends[0]
        writing = ends[1]
    }
}

extension rusage {
    fileprivate var seconds: Double {
        Double(ru_utime.tv_sec + ru_stime.tv_sec) + Double(ru_utime.tv_usec + ru_stime.tv_usec) / 1e6
    }
}
