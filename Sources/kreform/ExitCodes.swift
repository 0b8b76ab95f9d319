import ArgumentParser

/// How a command ended, for scripts. Listed in docs/commands.md.
enum Exit {
    /// Bad input, or something that could not be done.
    static let error = ExitCode(1)
    /// `plan --detailed-exitcode`: there are changes.
    static let changes = ExitCode(2)
    /// Some changes of an apply failed; the others were carried out.
    static let failed = ExitCode(3)
    /// A saved plan no longer fits the state, the cluster or the files.
    static let stale = ExitCode(4)
    /// Another run holds the state.
    static let locked = ExitCode(5)
    /// Nobody approved.
    static let notApproved = ExitCode(6)
    /// Stopped by SIGINT (128 + 2).
    static let interrupted = ExitCode(130)
    /// Stopped because the terminal went away (SIGHUP, 128 + 1).
    static let hungUp = ExitCode(129)
    /// Stopped by SIGTERM (128 + 15).
    static let terminated = ExitCode(143)
}
