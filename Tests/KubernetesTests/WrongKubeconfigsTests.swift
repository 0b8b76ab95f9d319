import FoundationEssentials
import TestSupport
import Testing

/// Wrong kubeconfigs, each with all that must be said about it. `hunter2` is a secret wherever it stands.
@Suite struct WrongKubeconfigsTests {
    @Test func `Every wrong kubeconfig is explained`() throws {
        var file = try CaseFile(named: "kubeconfigs.txt")
        let records = ProcessInfo.processInfo.environment["KREFORM_RECORD"] == "1"
        for index in file.cases.indices {
            let one = file.cases[index]
            let said = say(one)
            if records {
                file.cases[index].sections.removeAll { $0.name == "expected" }
                file.cases[index].sections.append(("expected", said))
            } else {
                #expect(said == one.text("expected"), "\(one.name)")
            }
            #expect(!said.contains("hunter"), "\(one.name)")
        }
        #expect(file.cases.count >= 40)
        #expect(Set(file.cases.map(\.name)).count == file.cases.count)
        if records { try file.write() }
    }

    /// Files are written as they stand, but for `CERT` and `KEY`, which become PEM in base64. With a file `config` that is
    /// read; otherwise the environment's.
    private func say(_ one: CaseFile.Case) -> String {
        let folder = AccessFolder()
        func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
        for section in one.sections where !["context", "environment", "expected"].contains(section.name) {
            let text = section.text.replacing("=CERT=", with: base64(AccessFolder.certificate))
                .replacing("=KEY=", with: base64(AccessFolder.key)).replacing("=PEM=\n", with: AccessFolder.certificate)
            folder.write(text, to: section.name)
        }
        var environment: [String: String] = [:]
        for line in one.text("environment")?.split(separator: "\n") ?? [] {
            let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
            environment[parts[0]] = parts[1].replacing("@", with: folder.path)
        }
        let context = one.text("context").map { String($0.dropLast()) }
        return folder.said(context, environment["KUBECONFIG"] == nil && environment["HOME"] == nil ? "config" : nil, environment: environment)
    }
}
