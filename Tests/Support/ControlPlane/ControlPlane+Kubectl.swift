extension ControlPlane {
    /// Runs kubectl as a user.
    ///
    ///     try await plane.kubectl("apply", "-f", "-", input: yaml).expectSuccess()
    package func kubectl(
        _ arguments: String..., as context: Context = .admin, input: String = ""
    ) async throws -> Program.Outcome {
        try await kubectl(arguments, as: context, input: input)
    }

    package func kubectl(
        _ arguments: [String], as context: Context = .admin, input: String = ""
    ) async throws -> Program.Outcome {
        let arguments = self.arguments(arguments, context)
        return try await onThread { try Program.run("kubectl", arguments, input: input) }
    }

    func arguments(_ arguments: [String], _ context: Context) -> [String] {
        ["--kubeconfig", kubeconfig, "--context", context.rawValue, "--cache-dir", folder + "/kubectl-cache"] + arguments
    }
}
