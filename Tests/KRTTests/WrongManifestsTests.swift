import FoundationEssentials
import KRT
import Model
import TestSupport
import Testing
import Views

/// Wrong manifests and packages, each with all that must be said about it.
@Suite struct WrongManifestsTests {
    static let names = ["v1.txt", "v2.txt", "package.txt", "yaml.txt"]

    @Test(arguments: names)
    func everyWrongManifestIsExplained(_ name: String) throws {
        var file = try CaseFile(named: name)
        let records = ProcessInfo.processInfo.environment["KREFORM_RECORD"] == "1"
        for index in file.cases.indices {
            let one = file.cases[index]
            let said = say(one)
            if records {
                file.cases[index].sections.removeAll { $0.name == "expected" }
                file.cases[index].sections.append(("expected", said))
            } else {
                #expect(said == one.text("expected"), "\(name): \(one.name)")
            }
        }
        if records { try file.write() }
    }

    @Test func thereAreEnoughOfThem() throws {
        let cases = try Self.names.flatMap { name in try CaseFile(named: name).cases.map { (name, $0) } }
        #expect(cases.filter { $0.1.text("expected")?.isEmpty == false }.count >= 120)
        #expect(Set(cases.map { "\($0.0) \($0.1.name)" }).count == cases.count)
    }

    /// Diagnostics as people see them, without the folder of the test.
    private func say(_ one: CaseFile.Case) -> String {
        let folder = TemporaryFolder()
        var files = PackageFiles()
        for section in one.sections where section.name != "expected" {
            if section.name.hasSuffix(" (absent)") {
                files.bytes[String(section.name.dropLast(9))] = nil
            } else {
                files.bytes[section.name] = bytes(of: section.text)
            }
        }
        let result = KRT.read(path: folder.write(files.packed(), to: "package.krt"))
        #expect((result.package == nil) == result.diagnostics.hasErrors)
        let shown = result.diagnostics.map { $0.without("\(folder.path)/") }
        return shown.isEmpty ? "" : DiagnosticsText.render(shown, style: Style(colored: false, width: 80))
    }

    private func bytes(of text: String) -> [UInt8] {
        text.unicodeScalars.flatMap { scalar -> [UInt8] in
            switch scalar {
            case "␉": [0x09]
            case "␍": [0x0D]
            case "␀": [0x08]
            case "␘": [0xFF]
            default: Array(String(scalar).utf8)
            }
        }
    }
}

/// The files of a small sound package, but for its manifest.
struct PackageFiles {
    var bytes: [String: [UInt8]] = [
        "public_input.proto": Array("""
            syntax = "proto3";
            message A {}
            service Entrypoint {
              rpc MakePrediction(A) returns (A) {};
              rpc Save(A) returns (A) {};
            }
            """.utf8),
        "src/etl.py": Array("def handler(ctx, data): return data\n".utf8),
        "src/model.py": Array("def handler(ctx, data): return data\n".utf8),
    ]

    func packed() -> [UInt8] {
        var tar = TarBuilder()
        for (path, data) in bytes.sorted(by: { $0.key < $1.key }) { tar.add(path, data: data) }
        return tar.gzipped()
    }
}

extension Diagnostic {
    fileprivate func without(_ folder: String) -> Diagnostic {
        func cut(_ text: String) -> String { text.replacing(folder, with: "") }
        return Diagnostic(
            severity, code: code, summary: cut(summary), detail: cut(detail),
            span: span.map { SourceSpan(file: cut($0.file), start: $0.start, end: $0.end) }, excerpt: excerpt,
            address: address)
    }
}
