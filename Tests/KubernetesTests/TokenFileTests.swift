import Glibc
import Kubernetes
import Model
import Synchronization
import Testing

/// A clock that stands until it is set.
final class Moment: Sendable {
    private let seconds: Mutex<Double>

    init(_ seconds: Double = 1_000_000) { self.seconds = Mutex(seconds) }

    var now: Double { seconds.withLock { $0 } }
    func pass(_ time: Double) { seconds.withLock { $0 += time } }
}

@Suite struct TokenFileTests {
    private func credentials(
        _ folder: AccessFolder, _ moment: Moment
    ) throws -> Credentials {
        folder.write(AccessFolder.config(user: "tokenFile: token\ntoken: not-taken"), to: "config")
        return try folder.find(plugins: PluginSettings(now: { moment.now })).access.credentials
    }

    @Test func `A token that is written anew is taken at once`() async throws {
        let folder = AccessFolder([("token", "one\n")])
        let credentials = try credentials(folder, Moment())
        #expect(try await credentials.current().authorization == "Bearer one")
        folder.write("three\n", to: "token")
        #expect(try await credentials.current().authorization == "Bearer three")
        // As the kubelet exchanges them: another file under the same name.
        folder.write("four\n", to: "next")
        rename("\(folder.path)/next", "\(folder.path)/token")
        #expect(try await credentials.current().authorization == "Bearer four")
    }

    @Test func `A change that leaves no trace is seen after a minute`() async throws {
        let folder = AccessFolder([("token", "one\n")])
        let moment = Moment()
        let credentials = try credentials(folder, moment)
        var before = stat()
        stat("\(folder.path)/token", &before)
        let file = open("\(folder.path)/token", O_WRONLY)
        write(file, "two\n", 4)
        let times = [before.st_atim, before.st_mtim]
        futimens(file, times)
        close(file)
        #expect(try await credentials.current().authorization == "Bearer one")
        moment.pass(59)
        #expect(try await credentials.current().authorization == "Bearer one")
        moment.pass(1)
        #expect(try await credentials.current().authorization == "Bearer two")
    }

    @Test func `While the file is empty or gone the last token stays`() async throws {
        let folder = AccessFolder([("token", "one\n")])
        let credentials = try credentials(folder, Moment())
        folder.write("", to: "token")
        #expect(try await credentials.current().authorization == "Bearer one")
        unlink("\(folder.path)/token")
        #expect(try await credentials.current().authorization == "Bearer one")
        folder.write("two", to: "token")
        #expect(try await credentials.current().authorization == "Bearer two")
    }

    @Test func `After a 401 the files are read again, and only something else counts as newer`() async throws {
        let folder = AccessFolder([("cert", AccessFolder.certificate), ("key", AccessFolder.key)])
        folder.write(AccessFolder.config(user: "client-certificate: cert\nclient-key: key"), to: "config")
        let moment = Moment()
        let credentials = try folder.find(plugins: PluginSettings(now: { moment.now })).access.credentials
        let first = try await credentials.current()
        #expect(try await credentials.renewed(after: first) == nil)
        folder.write("# new\n" + AccessFolder.certificate, to: "cert")
        let second = try await credentials.renewed(after: first)
        #expect(second?.clientCertificate == Array(("# new\n" + AccessFolder.certificate).utf8))
    }
}
