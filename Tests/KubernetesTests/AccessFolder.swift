import Glibc
import Kubernetes
import Model
import TestSupport
import Views

/// A folder with kubeconfigs, certificates and plugins for one test.
final class AccessFolder: Sendable {
    private let folder = TemporaryFolder()
    var path: String { folder.path }

    static let certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
    static let key = "-----BEGIN PRIVATE KEY-----\nMIIC\n-----END PRIVATE KEY-----\n"

    init(_ files: [(name: String, text: String)] = []) {
        for file in files { write(file.text, to: file.name) }
    }

    @discardableResult
    func write(_ text: String, to name: String) -> String {
        if let slash = name.lastIndex(of: "/") { system("mkdir -p '\(path)/\(name[..<slash])'") }
        return folder.write(Array(text.utf8), to: name)
    }

    /// `F_SETLEASE`, which Swift does not see.
    private static let setLease: Int32 = 1024

    /// A shell script that may be run. What is still open for writing is not run (ETXTBSY), and a child of another test may have
    /// got our descriptor, until it runs its own program: a lease is only given when there is none
    /// (https://man7.org/linux/man-pages/man2/F_SETLEASE.2const.html).
    @discardableResult
    func script(_ name: String, _ body: String) -> String {
        let file = write("#!/bin/sh\n\(body)\n", to: name)
        chmod(file, 0o755)
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        let deadline = ContinuousClock.now + .seconds(60)
        while fcntl(descriptor, Self.setLease, F_RDLCK) != 0, errno == EAGAIN, ContinuousClock.now < deadline { sched_yield() }
        return file
    }

    func text(of name: String) -> String { String(decoding: contents(of: "\(path)/\(name)"), as: UTF8.self) }

    func lines(of name: String) -> Int { text(of: name).split(separator: "\n").count }

    /// With `config` of this folder as the one kubeconfig, unless others are named.
    func find(
        _ context: String? = nil, _ config: String? = "config", environment: [String: String] = [:],
        plugins: PluginSettings = PluginSettings()
    ) throws(ClusterAccessFailure) -> (access: ClusterAccess, warnings: [Diagnostic]) {
        try ClusterFinder.find(
            path: config.map { "\(path)/\($0)" }, context: context.map { ContextRequest($0) }, environment: environment,
            serviceAccountFolder: "\(path)/serviceaccount", plugins: plugins)
    }

    /// What people see of it, with this folder's path left out.
    func text(_ diagnostics: [Diagnostic]) -> String {
        diagnostics.isEmpty ? "" : cut(DiagnosticsText.render(
            diagnostics.map { found in
                Diagnostic(
                    found.severity, code: found.code, summary: cut(found.summary), detail: cut(found.detail),
                    span: found.span.map { SourceSpan(file: cut($0.file), start: $0.start, end: $0.end) }, excerpt: found.excerpt,
                    address: found.address)
            }, style: Style(colored: false, width: 80)))
    }

    func cut(_ text: String) -> String { text.replacing(path + "/", with: "") }

    /// What is said about `config`: errors, or warnings.
    func said(
        _ context: String? = nil, _ config: String? = "config", environment: [String: String] = [:]
    ) -> String {
        do throws(ClusterAccessFailure) {
            return text(try find(context, config, environment: environment).warnings)
        } catch {
            return text(error.diagnostics)
        }
    }

    /// A kubeconfig with one context, the lines of its cluster and user given.
    static func config(cluster: String = "server: https://a", user: String = "token: t") -> String {
        """
        apiVersion: v1
        kind: Config
        current-context: one
        contexts:
        - name: one
          context: {cluster: here, user: me}
        clusters:
        - name: here
          cluster:
            \(cluster.split(separator: "\n").joined(separator: "\n    "))
        users:
        - name: me
          user:
            \(user.split(separator: "\n").joined(separator: "\n    "))

        """
    }
}
