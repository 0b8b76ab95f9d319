import Configuration
import FoundationEssentials
import Model
import TestSupport
import Testing

/// Wrong desired-state files, each with all that must be said about it.
@Suite struct WrongFilesTests {
    @Test(arguments: [
        "structure.txt", "runtimes.txt", "configuration.txt", "variables.txt", "folders.txt", "leaving.txt", "stack.txt",
        "workloads.txt", "rollout.txt", "gateway.txt",
    ])
    func `Every wrong file is explained`(name: String) async throws {
        var file = try CaseFile(named: name)
        let records = ProcessInfo.processInfo.environment["KREFORM_RECORD"] == "1"
        for index in file.cases.indices {
            let one = file.cases[index]
            let said = try await say(one)
            if records {
                file.cases[index].sections.removeAll { $0.name == "expected" }
                file.cases[index].sections.append(("expected", said))
            } else {
                #expect(said == one.text("expected"), "\(name): \(one.name)")
            }
            #expect(!said.contains("hunter"), "\(name): \(one.name)")
        }
        if records { try file.write() }
    }

    @Test func `There are enough of them`() throws {
        let names = [
            "structure.txt", "runtimes.txt", "configuration.txt", "variables.txt", "folders.txt", "leaving.txt", "stack.txt",
        "workloads.txt", "rollout.txt", "gateway.txt",
        ]
        let cases = try names.flatMap { try CaseFile(named: $0).cases }
        #expect(cases.filter { $0.text("expected")?.isEmpty == false }.count >= 100)
        #expect(Set(cases.map(\.name)).count == cases.count)
    }

    private func say(_ one: CaseFile.Case) async throws -> String {
        let meta = ["arguments", "environment", "expected"]
        let folder = try TestFolder(one.sections.filter { !meta.contains($0.name) })
        var inputs = Inputs()
        for line in one.text("environment")?.split(separator: "\n") ?? [] {
            let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
            inputs.environment[parts[0]] = parts[1]
        }
        for line in one.text("arguments")?.split(separator: "\n") ?? [] {
            let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
            inputs.assignments.append(
                parts[0] == "--var"
                    ? try Inputs.Assignment(variable: parts[1]) : .file(path: folder.path + "/" + parts[1]))
        }
        let loaded = await folder.load(inputs)
        #expect((loaded.desired == nil) == loaded.diagnostics.hasErrors)
        return folder.text(loaded.diagnostics)
    }
}
