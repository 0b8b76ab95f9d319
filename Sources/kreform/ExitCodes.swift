import ArgumentParser

/// How a command ended, for scripts.
enum Exit {
    /// Bad input, or something that could not be done.
    static let error = ExitCode(1)
}
